use clap::Args;
use seatkeeper_proto::v1::{Batch, ListBatchResultsRequest, ViolationType, batch};

use super::Which;
use crate::client::{ProductBook, Session};
use crate::commands::batch_view::{describe, parse_violation, result_json};
use crate::output::{Output, count};
use crate::{CliError, Exit};

const PAGE_SIZE: i32 = 1_000;

/// Read a batch's results back: the confirmation.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper batches results BATCH --customer contoso --violation SEATS_EXHAUSTED --output json")]
pub(super) struct Results {
    #[command(flatten)]
    which: Which,
    /// Only users of whom a product failed.
    #[arg(long)]
    failed: bool,
    /// Only users of whom a product failed with this violation.
    #[arg(long, value_name = "VIOLATION", value_parser = parse_violation)]
    violation: Option<ViolationType>,
    /// Only what happened to this product, by identifier or part number.
    #[arg(long)]
    product: Option<String>,
    /// Show with each result which licenses the user holds now.
    #[arg(long)]
    licenses: bool,
    /// Show at most this many.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl Results {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let products = ProductBook::load(session).await?;
        let mut request = self.request(&products)?;
        let limit = self.limit.unwrap_or(usize::MAX);
        let mut shown = 0;
        loop {
            let answer = session
                .batches()
                .list_batch_results(request.clone())
                .await?;
            let page = answer.into_inner();
            for result in page.results.iter().take(limit - shown) {
                shown += 1;
                if out.is_json() {
                    out.object(&result_json(result));
                } else {
                    out.say(describe(result, &products));
                }
            }
            // A running batch always has a next page: it is read as far as it is.
            let caught_up = page.results.is_empty() && is_unfinished(page.batch.as_ref());
            let at_end = page.next_page_token.is_empty() || caught_up;
            if at_end || shown == limit || out.is_closed() {
                let total = count(page.total_size);
                out.say(format_args!(
                    "{shown} results shown; the batch has {total} so far"
                ));
                return Ok(Exit::Success);
            }
            request.page_token = page.next_page_token;
        }
    }

    fn request(&self, products: &ProductBook) -> Result<ListBatchResultsRequest, CliError> {
        let product = match &self.product {
            Some(given) => products.find(given)?.name.clone(),
            None => String::new(),
        };
        Ok(ListBatchResultsRequest {
            name: self.which.name(),
            page_size: PAGE_SIZE,
            failed_only: self.failed,
            violation_type: self.violation.unwrap_or_default().into(),
            product,
            include_current_licenses: self.licenses,
            ..ListBatchResultsRequest::default()
        })
    }
}

fn is_unfinished(batch: Option<&Batch>) -> bool {
    batch
        .is_some_and(|batch| matches!(batch.state(), batch::State::Pending | batch::State::Running))
}
