use clap::Args;
use seatkeeper_proto::v1::ListJournalEntriesRequest;

use super::Part;
use super::view::show;
use crate::client::{ProductIndex, Session};
use crate::output::Output;
use crate::{CliError, Exit};

const PAGE_SIZE: i32 = 1_000;

/// List a customer's journal entries, oldest first.
#[derive(Debug, Args)]
pub(super) struct List {
    #[command(flatten)]
    part: Part,
    /// Show at most this many entries; a large entry counts once per part.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

impl List {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let products = ProductIndex::load(session).await?;
        let mut request = ListJournalEntriesRequest {
            parent: self.part.parent(),
            page_size: PAGE_SIZE,
            after_sequence_number: self.part.after,
            view: self.part.view().into(),
            ..ListJournalEntriesRequest::default()
        };
        let mut left = self.limit.unwrap_or(usize::MAX);
        loop {
            let mut journal = session.journal();
            let answer = journal.list_journal_entries(request.clone()).await?;
            let page = answer.into_inner();
            for entry in page.journal_entries.iter().take(left) {
                show(entry, &products, out);
            }
            left = left.saturating_sub(page.journal_entries.len());
            if page.next_page_token.is_empty() || left == 0 || out.is_closed() {
                return Ok(Exit::Success);
            }
            request.page_token = page.next_page_token;
        }
    }
}
