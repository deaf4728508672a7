use seatkeeper_proto::v1::ImportUsersRequest;
use seatkeeper_proto::v1::import_users_request::{Content, UserBatch};
use tokio::sync::mpsc;

use crate::client::MessageBytes;
use crate::csv::{CsvError, UserCsv};
use crate::output::{Bar, BarKind};

/// Users per message; the server commits each message in one transaction.
const USERS_PER_MESSAGE: usize = 5_000;
/// Maximum bytes of a message: below the server's limit of 4 MiB.
const MESSAGE_BYTES_MAX: usize = 3 * 1024 * 1024;
/// Number of invalid rows whose error is kept.
const REJECTED_KEPT: usize = 1_000;

/// The result of reading a file of users.
#[derive(Default)]
pub(super) struct ReadUsers {
    /// The line of each user that was sent, in order of sending.
    lines: Vec<u64>,
    /// Errors of invalid rows, up to a maximum.
    pub(super) rejected: Vec<CsvError>,
    pub(super) rejected_count: i64,
    /// The error that made the rest of the file unreadable.
    pub(super) broken: Option<CsvError>,
}

impl ReadUsers {
    /// The line of the user that was sent at an index.
    pub(super) fn line_of(&self, index: i64) -> u64 {
        let index = usize::try_from(index).unwrap_or(usize::MAX);
        self.lines.get(index).copied().unwrap_or_default()
    }

    fn reject(&mut self, error: CsvError) {
        self.rejected_count += 1;
        if self.rejected.len() < REJECTED_KEPT {
            self.rejected.push(error);
        }
    }
}

/// Reads a file to its end and sends its users. Blocks. Stops early if the call has ended.
pub(super) fn read(
    mut csv: UserCsv,
    size: u64,
    sender: &mpsc::Sender<ImportUsersRequest>,
) -> ReadUsers {
    let bar = Bar::new(BarKind::Bytes, size);
    let mut read = ReadUsers::default();
    let mut users = Vec::new();
    let mut bytes = MessageBytes::new(MESSAGE_BYTES_MAX);
    loop {
        match csv.next_user() {
            Ok(None) => break,
            Err(error) => {
                read.broken = Some(error);
                break;
            }
            Ok(Some(row)) => match row.user {
                Err(error) => read.reject(error),
                Ok(user) => {
                    read.lines.push(row.line);
                    if users.len() == USERS_PER_MESSAGE || !bytes.add(&user) {
                        bar.set_position(csv.position());
                        bytes.restart(&user);
                        let full = std::mem::take(&mut users);
                        if sender.blocking_send(message(full)).is_err() {
                            return read;
                        }
                    }
                    users.push(user);
                }
            },
        }
    }
    if !users.is_empty() {
        // If the call has ended, its response contains the reason.
        let _ended = sender.blocking_send(message(users));
    }
    read
}

fn message(users: Vec<seatkeeper_proto::v1::User>) -> ImportUsersRequest {
    ImportUsersRequest {
        content: Some(Content::Users(UserBatch { users })),
    }
}
