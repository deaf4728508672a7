use std::time::Duration;

use clap::Args;
use seatkeeper_proto::v1::WatchJournalEntriesRequest;
use tonic::Status;

use super::Part;
use super::view::show;
use crate::client::{ProductIndex, Session, is_passing};
use crate::output::{Output, eprint_line};
use crate::{CliError, Exit};

/// Maximum number of consecutive retries of a broken stream.
const ATTEMPTS_MAX: u32 = 10;
const DELAY: Duration = Duration::from_secs(1);

/// Show a customer's journal entries from any point, then new entries until interrupted.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper journal watch --customer contoso --after 120 --output json")]
pub(super) struct Watch {
    #[command(flatten)]
    part: Part,
    /// Stop after the entry with this sequence number.
    #[arg(long, value_name = "N")]
    until: Option<i64>,
}

impl Watch {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let products = ProductIndex::load(session).await?;
        let mut request = WatchJournalEntriesRequest {
            parent: self.part.parent(),
            after_sequence_number: self.part.after,
            view: self.part.view().into(),
        };
        let mut failed_attempts = 0;
        while !self.is_done(request.after_sequence_number) && !out.is_closed() {
            let before = request.after_sequence_number;
            match self.follow(&mut request, session, &products, out).await {
                Ok(()) => {}
                Err(status) if is_passing(&status) && failed_attempts < ATTEMPTS_MAX => {
                    let moved = request.after_sequence_number > before;
                    failed_attempts = if moved { 1 } else { failed_attempts + 1 };
                    eprint_line("the connection was lost; retrying");
                    tokio::time::sleep(DELAY).await;
                }
                Err(status) => return Err(status.into()),
            }
        }
        Ok(Exit::Success)
    }

    fn is_done(&self, after: i64) -> bool {
        self.until.is_some_and(|until| after >= until)
    }

    /// Shows entries until the stream ends, and stores the resume point in the request.
    async fn follow(
        &self,
        request: &mut WatchJournalEntriesRequest,
        session: &Session,
        products: &ProductIndex,
        out: &mut Output,
    ) -> Result<(), Status> {
        let mut journal = session.journal();
        let call = journal.watch_journal_entries(request.clone()).await?;
        let mut messages = call.into_inner();
        while let Some(message) = messages.message().await? {
            if let Some(entry) = &message.journal_entry {
                show(entry, products, out);
                out.flush();
            }
            request.after_sequence_number = message.resume_sequence_number;
            if self.is_done(request.after_sequence_number) || out.is_closed() {
                return Ok(());
            }
        }
        Err(Status::unavailable("the stream ended"))
    }
}
