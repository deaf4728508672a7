use seatkeeper_proto::v1::{Batch, ListBatchResultsRequest, ListBatchResultsResponse, batch};

use super::Session;
use crate::CliError;

/// Results per page: large enough to make round trips cheap, small enough for a fast lookup of the
/// licenses that the users hold now.
const PAGE_SIZE: i32 = 1_000;

/// A batch's results, page by page, up to the batch's current progress.
pub(crate) struct ResultPages {
    session: Session,
    request: ListBatchResultsRequest,
    at_end: bool,
}

impl ResultPages {
    pub(crate) fn new(session: &Session, request: ListBatchResultsRequest) -> Self {
        Self {
            session: session.clone(),
            request: ListBatchResultsRequest {
                page_size: PAGE_SIZE,
                ..request
            },
            at_end: false,
        }
    }

    /// The next page; `None` at the end. The first page is returned even if the batch has no
    /// results.
    pub(crate) async fn next(&mut self) -> Result<Option<ListBatchResultsResponse>, CliError> {
        if self.at_end {
            return Ok(None);
        }
        let mut batches = self.session.batches();
        let answer = batches.list_batch_results(self.request.clone()).await?;
        let page = answer.into_inner();
        // A running batch always has a next page token: stop at an empty page with an unchanged
        // token.
        let caught_up = page.results.is_empty()
            && is_unfinished(page.batch.as_ref())
            && page.next_page_token == self.request.page_token;
        self.at_end = page.next_page_token.is_empty() || caught_up;
        self.request.page_token.clone_from(&page.next_page_token);
        Ok(Some(page))
    }
}

fn is_unfinished(batch: Option<&Batch>) -> bool {
    batch
        .is_some_and(|batch| matches!(batch.state(), batch::State::Pending | batch::State::Running))
}
