//! The results of a chunk, written into the bytes of their messages.

use seatkeeper_domain::{LicenseChanges, Member};
use seatkeeper_proto::v1::{self, batch_event::Event};
use seatkeeper_proto::{BatchResults, EncodedResults, SharedResult};

use super::result::ResultWriter;

/// The messages that tell the results of one chunk that come after the result `after`, each of at
/// most `per_message`, with where to resume.
pub(crate) fn messages(
    writer: &ResultWriter<'_>,
    changes: &LicenseChanges,
    after: i64,
    per_message: usize,
) -> Vec<v1::BatchEvent> {
    let decisions: Vec<SharedResult> = changes
        .plan
        .decisions
        .iter()
        .map(|decision| writer.shared(decision))
        .collect();
    let first = changes.first_result();
    let known = usize::try_from((after + 1 - first).max(0)).unwrap_or(usize::MAX);
    let known = known.min(changes.members.len());
    let members = changes.members[known..].chunks(per_message);
    let choices = changes.plan.members[known..].chunks(per_message);
    let mut user = writer.user_prefix().to_owned();
    let mut told = first.saturating_add_unsigned(known as u64) - 1;
    members
        .zip(choices)
        .map(|(members, choices)| {
            let results = encode(members, choices, &decisions, &mut user, told);
            told = told.saturating_add_unsigned(members.len() as u64);
            v1::BatchEvent {
                resume_sequence_number: told,
                event: Some(Event::Results(results)),
            }
        })
        .collect()
}

/// The results of these members, of whom `told` come before; `user` is what all their names begin
/// with.
fn encode(
    members: &[Member],
    choices: &[u32],
    decisions: &[SharedResult],
    user: &mut String,
    told: i64,
) -> BatchResults {
    let prefix = user.len();
    let first = choices.first().map(|&choice| &decisions[choice as usize]);
    let mut encoded = first.map_or_else(EncodedResults::default, |first| {
        EncodedResults::with_capacity(members.len(), first)
    });
    for ((member, &choice), sequence_number) in members.iter().zip(choices).zip(told + 1..) {
        let shared = &decisions[choice as usize];
        user.truncate(prefix);
        user.push_str(member.user_id.as_str());
        encoded.push(sequence_number, user, member.request_index, shared);
    }
    user.truncate(prefix);
    BatchResults {
        results: Vec::new(),
        encoded,
    }
}
