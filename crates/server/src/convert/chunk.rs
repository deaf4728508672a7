//! Encodes the results of a chunk directly into the bytes of their messages.

use seatkeeper_domain::{ID_LENGTH_MAX, LicenseChanges, Member};
use seatkeeper_proto::v1::{self, batch_event::Event};
use seatkeeper_proto::{BatchResults, EncodedResults, SharedResult};

use super::result::ResultEncoder;
use crate::limits::RESPONSE_MESSAGE_BYTES_MAX;

/// The messages with the results of one chunk after the result `after`, each with its resume point.
/// A message has at most `per_message` results, and stays within the bytes that clients accept.
pub(crate) fn messages(
    encoder: &ResultEncoder<'_>,
    changes: &LicenseChanges,
    after: i64,
    per_message: usize,
) -> Vec<v1::BatchEvent> {
    let decisions: Vec<SharedResult> = changes
        .plan
        .decisions
        .iter()
        .map(|decision| encoder.shared(decision))
        .collect();
    let prefix = encoder.user_prefix();
    let largest = decisions
        .iter()
        .map(|decision| decision.encoded_len_max(prefix.len() + ID_LENGTH_MAX));
    let first = changes.first_result();
    let known = usize::try_from((after + 1 - first).max(0)).unwrap_or(usize::MAX);
    let known = known.min(changes.members.len());
    let last_sent = first.saturating_add_unsigned(known as u64) - 1;
    let mut chunk = Chunk {
        bytes_max: RESPONSE_MESSAGE_BYTES_MAX.saturating_sub(largest.max().unwrap_or(0)),
        members: &changes.members[known..],
        choices: &changes.plan.members[known..],
        decisions,
        user: prefix.to_owned(),
        last_sent,
    };
    let mut messages = Vec::with_capacity(chunk.members.len().div_ceil(per_message));
    while !chunk.members.is_empty() {
        let results = chunk.encode(per_message);
        messages.push(v1::BatchEvent {
            resume_sequence_number: chunk.last_sent,
            event: Some(Event::Results(results)),
        });
    }
    messages
}

/// The results of a chunk that are not sent yet.
struct Chunk<'a> {
    members: &'a [Member],
    /// The index of each member's decision.
    choices: &'a [u32],
    decisions: Vec<SharedResult>,
    /// The common prefix of all user names, with capacity for a whole name.
    user: String,
    /// The sequence number of the last result sent.
    last_sent: i64,
    /// The size of a message, in bytes, above which the largest result no longer fits.
    bytes_max: usize,
}

impl Chunk<'_> {
    /// Encodes the next results, at most `results_max`.
    fn encode(&mut self, results_max: usize) -> BatchResults {
        let prefix = self.user.len();
        let wanted = self.members.len().min(results_max);
        let first = self.choices.first();
        let first = first.map(|&choice| &self.decisions[choice as usize]);
        let mut encoded = first.map_or_else(EncodedResults::default, |first| {
            EncodedResults::with_capacity(wanted, first)
        });
        let mut count = 0;
        for (member, &choice) in self.members.iter().zip(self.choices).take(wanted) {
            let shared = &self.decisions[choice as usize];
            self.user.truncate(prefix);
            self.user.push_str(member.user_id.as_str());
            self.last_sent += 1;
            encoded.push(self.last_sent, &self.user, member.request_index, shared);
            count += 1;
            if encoded.encoded_len() > self.bytes_max {
                break;
            }
        }
        self.user.truncate(prefix);
        self.members = &self.members[count..];
        self.choices = &self.choices[count..];
        BatchResults {
            results: Vec::new(),
            encoded,
        }
    }
}
