mod reading;

use std::path::PathBuf;

use clap::Args;
use seatkeeper_proto::v1::import_users_request::{Content, Header, Mode};
use seatkeeper_proto::v1::{ImportUsersRequest, ImportUsersResponse, import_users_response};
use serde_json::json;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use super::Parent;
use crate::client::Session;
use crate::csv::UserCsv;
use crate::output::{Output, count, number_of};
use crate::status::report_of_rpc;
use crate::{CliError, Exit, identifier};
use reading::{ReadUsers, read};

/// Messages buffered between the reader of the file and the call.
const MESSAGES_AHEAD: usize = 2;
/// Number of failures printed for people.
const FAILURES_SHOWN: usize = 20;

/// Create users from a CSV file and update existing users.
///
/// The file is streamed, and an invalid row does not stop the others. The columns are
/// `sign_in_name` (its former name `principal_name` is accepted) and the optional `user_id`
/// (default: the sign-in name), `display_name`, `department`, `job_title`, `usage_location` and
/// `state` (active or blocked).
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper users import users.csv --customer contoso")]
pub(crate) struct Import {
    /// The CSV file.
    file: PathBuf,
    #[command(flatten)]
    parent: Parent,
    /// Do not update existing users; they fail with `ALREADY_EXISTS`.
    #[arg(long)]
    create_only: bool,
    /// Check everything and count the changes, but write nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(crate) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let csv = UserCsv::open(&self.file, &self.parent.customer)?;
        let size = std::fs::metadata(&self.file).map_or(0, |file| file.len());
        let (sender, receiver) = mpsc::channel(MESSAGES_AHEAD);
        // The channel has room for the header because nothing was sent before.
        let _sent = sender.send(self.header()).await;
        let reader = tokio::task::spawn_blocking(move || read(csv, size, &sender));
        let call = session
            .directory()
            .import_users(ReceiverStream::new(receiver))
            .await;
        let reading = reader
            .await
            .map_err(|error| CliError::Runtime(error.into()))?;
        let answer = call?.into_inner();
        self.report(&answer, &reading, out);
        if let Some(broken) = reading.broken {
            return Err(broken.into());
        }
        let failed = answer.failed_count + reading.rejected_count;
        let others = answer.created_count + answer.updated_count + answer.unchanged_count;
        Ok(Exit::of_counts(failed, others))
    }

    fn header(&self) -> ImportUsersRequest {
        let mode = if self.create_only {
            Mode::CreateOnly
        } else {
            Mode::Upsert
        };
        ImportUsersRequest {
            content: Some(Content::Header(Header {
                parent: identifier::customer(&self.parent.customer),
                mode: mode.into(),
                validate_only: self.dry_run,
            })),
        }
    }

    fn report(&self, answer: &ImportUsersResponse, reading: &ReadUsers, out: &mut Output) {
        let failed = answer.failed_count + reading.rejected_count;
        if out.is_json() {
            self.report_json(answer, reading, out);
            return;
        }
        let rejected = reading.rejected.iter().map(|error| {
            let problem = &error.problem;
            format!("{error}: {problem}")
        });
        let refused = answer.failures.iter().map(|failure| {
            let line = reading.line_of(failure.index);
            format!("{} line {line}: {}", self.file.display(), why(failure))
        });
        for failure in rejected.chain(refused).take(FAILURES_SHOWN) {
            out.print(failure);
        }
        let verb = if self.dry_run { "would be " } else { "" };
        out.print(format_args!(
            "{} {verb}created, {} updated, {} unchanged, {} failed",
            number_of(answer.created_count, "user"),
            count(answer.updated_count),
            count(answer.unchanged_count),
            count(failed),
        ));
    }

    fn report_json(&self, answer: &ImportUsersResponse, reading: &ReadUsers, out: &mut Output) {
        let file = self.file.display().to_string();
        for error in &reading.rejected {
            let message = error.problem.to_string();
            out.object(&json!({
                "event": "failure", "file": file, "line": error.line, "column": error.column,
                "error": { "message": message },
            }));
        }
        for failure in &answer.failures {
            let error = failure
                .error
                .as_ref()
                .map(|error| report_of_rpc(error).to_json());
            out.object(&json!({
                "event": "failure", "file": file, "line": reading.line_of(failure.index),
                "user": failure.user, "error": error,
            }));
        }
        out.object(&json!({
            "event": "finished",
            "created_count": answer.created_count,
            "updated_count": answer.updated_count,
            "unchanged_count": answer.unchanged_count,
            "failed_count": answer.failed_count + reading.rejected_count,
        }));
    }
}

fn why(failure: &import_users_response::Failure) -> String {
    let report = failure.error.as_ref().map(report_of_rpc);
    report.map_or_else(String::new, |report| report.in_one_line())
}
