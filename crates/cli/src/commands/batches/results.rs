use clap::Args;
use seatkeeper_proto::v1::{ListBatchResultsRequest, ViolationType};

use super::Which;
use crate::client::{ProductIndex, ResultPages, Session};
use crate::commands::batch_view::{describe, parse_violation, result_json};
use crate::output::{Output, count};
use crate::{CliError, Exit};

/// Read a batch's results.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper batches results BATCH --customer contoso --violation SEATS_EXHAUSTED --output json")]
pub(super) struct Results {
    #[command(flatten)]
    which: Which,
    /// Show only users with at least one failed product.
    #[arg(long)]
    failed: bool,
    /// Show only users with at least one product that failed with this violation.
    #[arg(long, value_name = "VIOLATION", value_parser = parse_violation)]
    violation: Option<ViolationType>,
    /// Show only the outcome of this product, given by identifier or part number.
    #[arg(long)]
    product: Option<String>,
    /// Show with each result the licenses that the user holds now.
    #[arg(long)]
    licenses: bool,
    /// Show at most this many results.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl Results {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let products = ProductIndex::load(session).await?;
        let mut pages = ResultPages::new(session, self.request(&products)?);
        let limit = self.limit.unwrap_or(usize::MAX);
        let mut shown = 0;
        let mut total = 0;
        while let Some(page) = pages.next().await? {
            total = page.total_size;
            for result in page.results.iter().take(limit - shown) {
                shown += 1;
                if out.is_json() {
                    out.object(&result_json(result));
                } else {
                    out.print(describe(result, &products));
                }
            }
            if shown == limit || out.is_closed() {
                break;
            }
        }
        let total = count(total);
        out.print(format_args!(
            "{shown} results shown; the batch has {total} so far"
        ));
        Ok(Exit::Success)
    }

    fn request(&self, products: &ProductIndex) -> Result<ListBatchResultsRequest, CliError> {
        let product = match &self.product {
            Some(given) => products.find(given)?.name.clone(),
            None => String::new(),
        };
        Ok(ListBatchResultsRequest {
            name: self.which.name(),
            failed_only: self.failed,
            violation_type: self.violation.unwrap_or_default().into(),
            product,
            include_current_licenses: self.licenses,
            ..ListBatchResultsRequest::default()
        })
    }
}
