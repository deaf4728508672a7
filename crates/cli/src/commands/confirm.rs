//! `seatkeeper confirm`.

mod csv_rows;

use std::fs::File;
use std::io::BufWriter;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use seatkeeper_proto::v1::{ListBatchResultsRequest, ListBatchResultsResponse, ViolationType};
use serde_json::json;

use super::batch_view::{describe, parse_violation, result_json};
use super::batches::print_batch;
use crate::client::{ClientOptions, ProductIndex, ResultPages, Session};
use crate::output::{self, Output, batch_json, count};
use crate::{CliError, Exit, identifier};
use csv_rows::CsvRows;

/// `seatkeeper confirm`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  seatkeeper confirm BATCH --customer contoso --failed
  seatkeeper confirm BATCH --customer contoso --format csv --output-file confirmation.csv

Columns of csv, one row per product of each user: sequence_number, request_index, user, product,
part_number, outcome, violations, reasons, warnings, licenses. Semicolons separate several violations,
reasons, warnings or licenses in a cell. `licenses` lists the products that the user holds now.
An apostrophe precedes a text that a spreadsheet would run as a formula.
In jsonl the first line is the batch, and each further line is a result as in the API.")]
pub(crate) struct Confirm {
    /// The batch's identifier.
    #[arg(value_parser = identifier::parse)]
    batch: String,
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,
    /// Show only users with at least one failed product.
    #[arg(long)]
    failed: bool,
    /// Show only users with at least one product that failed with this violation.
    #[arg(long, value_name = "VIOLATION", value_parser = parse_violation)]
    violation: Option<ViolationType>,
    /// Show only the outcome of this product, given by identifier or part number.
    #[arg(long)]
    product: Option<String>,
    /// Format of the results; default: `jsonl` with `--output json`, else `table`.
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Write to a file instead of the standard output.
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) client: ClientOptions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Lines for people.
    Table,
    /// Comma-separated values with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

impl Confirm {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        let products = ProductIndex::load(&session).await?;
        let pages = ResultPages::new(&session, self.request(&products)?);
        let usual = if out.is_json() {
            Form::Jsonl
        } else {
            Form::Table
        };
        let form = self.format.unwrap_or(usual);
        let Some(path) = self.output_file else {
            return write(pages, form, &products, out).await;
        };
        let file = File::create(&path).map_err(|source| CliError::Unwritable { path, source })?;
        let mut out = Output::to(form.output(), Box::new(BufWriter::new(file)));
        let exit = write(pages, form, &products, &mut out).await?;
        out.finish().map_err(CliError::Output)?;
        Ok(exit)
    }

    fn request(&self, products: &ProductIndex) -> Result<ListBatchResultsRequest, CliError> {
        let product = match &self.product {
            Some(given) => products.find(given)?.name.clone(),
            None => String::new(),
        };
        Ok(ListBatchResultsRequest {
            name: identifier::batch(&self.customer, &self.batch),
            failed_only: self.failed,
            violation_type: self.violation.unwrap_or_default().into(),
            product,
            include_current_licenses: true,
            ..ListBatchResultsRequest::default()
        })
    }
}

impl Form {
    fn output(self) -> output::Format {
        match self {
            Self::Table | Self::Csv => output::Format::Table,
            Self::Jsonl => output::Format::Json,
        }
    }
}

/// Writes the results page by page, so that memory holds one page at a time.
async fn write(
    mut pages: ResultPages,
    form: Form,
    products: &ProductIndex,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let mut first = true;
    let mut shown = 0;
    let mut total = 0;
    let mut rows = CsvRows::new(products);
    while let Some(page) = pages.next().await? {
        if first {
            begin(form, &page, products, out);
            first = false;
        }
        for result in &page.results {
            match form {
                Form::Table => out.print(describe(result, products)),
                Form::Jsonl => out.object(&result_json(result)),
                Form::Csv => rows.add(result),
            }
        }
        if form == Form::Csv {
            out.raw(&rows.take());
        }
        shown += page.results.len();
        total = page.total_size;
        if out.is_closed() {
            break;
        }
    }
    if form == Form::Table {
        let total = count(total);
        out.print(format_args!(
            "{shown} results shown; the batch has {total} so far"
        ));
    }
    Ok(Exit::Success)
}

/// Prints the batch itself, before its results.
fn begin(form: Form, page: &ListBatchResultsResponse, products: &ProductIndex, out: &mut Output) {
    let Some(batch) = &page.batch else { return };
    match form {
        Form::Table => {
            print_batch(batch, products, out);
            out.print("");
        }
        Form::Jsonl => out.object(&json!({ "event": "batch", "batch": batch_json(batch) })),
        Form::Csv => {}
    }
}
