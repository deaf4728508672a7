use std::collections::BTreeMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use seatkeeper_domain::{BatchKey, Effect, JournalSequence, LicenseChanges, Member};
use seatkeeper_store::{Batch, BatchTask, JournalRow, Segment, Selected, SelectedUser};

use crate::{Check, Findings};

/// The results of every batch cover its frozen selection exactly once, in order.
///
/// The check keeps one fingerprint per chunk, and compares it with that of the same frozen users.
#[derive(Default)]
pub(crate) struct SelectionCoverage {
    batches: BTreeMap<BatchKey, Coverage>,
}

#[derive(Default)]
struct Coverage {
    user_count: i64,
    /// Whether the batch reverts another one. Its frozen selection then has the number of the
    /// user's result in the other batch, in place of a request index; its own results have no
    /// index.
    reverts: bool,
    /// The sequence number of the last result so far.
    results: i64,
    chunks: Vec<Chunk>,
    frozen: i64,
    /// The index of the chunk that the next frozen user belongs to.
    next_chunk: usize,
    comparing: Option<(i64, DefaultHasher)>,
}

struct Chunk {
    sequence: JournalSequence,
    users: i64,
    fingerprint: u64,
}

impl Check for SelectionCoverage {
    fn batch(&mut self, batch: &Batch, _: &mut Findings) {
        let coverage = Coverage {
            user_count: batch.user_count,
            reverts: matches!(batch.spec.task, BatchTask::Revert { .. }),
            ..Coverage::default()
        };
        self.batches.insert(batch.key, coverage);
    }

    fn entry(&mut self, row: &JournalRow, found: &mut Findings) {
        let Effect::LicensesChanged(changes) = &row.entry.effect else {
            return;
        };
        let Some(span) = changes.span else {
            return;
        };
        // The results of a deleted batch have no frozen selection to compare with.
        if let Some(coverage) = self.batches.get_mut(&span.batch) {
            coverage.note(row.entry.sequence, changes, found);
        }
    }

    fn segment(&mut self, segment: &Segment, found: &mut Findings) {
        let key = format!(
            "batch {} position {}",
            segment.batch.0, segment.first_position
        );
        let Some(coverage) = self.batches.get_mut(&segment.batch) else {
            found.add("batch_segments", key, "it belongs to no batch");
            return;
        };
        let there = i64::try_from(segment.users.len()).expect("a segment fits memory");
        let expected = segment.user_count;
        found.expect_equal("batch_segments", &key, "user_count", expected, there);
        if segment.first_position != coverage.frozen {
            let end = coverage.frozen;
            let what = format_args!("the users before it end at {end}");
            found.add("batch_segments", &key, what);
        }
        coverage.frozen = segment.first_position + there;
        for user in &segment.users {
            coverage.compare(user, found);
        }
    }

    fn end(&mut self, found: &mut Findings) {
        for (batch, coverage) in &self.batches {
            let (expected, frozen) = (coverage.user_count, coverage.frozen);
            found.expect_equal("batches", batch.0, "user_count", expected, frozen);
            for chunk in &coverage.chunks[coverage.next_chunk.min(coverage.chunks.len())..] {
                let what = "it holds results of users who are not in the frozen selection";
                found.add("journal", chunk.sequence.0, what);
            }
        }
    }
}

impl Coverage {
    fn note(&mut self, sequence: JournalSequence, changes: &LicenseChanges, found: &mut Findings) {
        let (first, expected) = (changes.first_result(), self.results + 1);
        if first != expected {
            let what = format_args!("its results begin with {first}, not with {expected}");
            found.add("journal", sequence.0, what);
        }
        self.results = changes.last_result();
        let mut hasher = DefaultHasher::new();
        for member in &changes.members {
            hash_member(member, &mut hasher);
        }
        self.chunks.push(Chunk {
            sequence,
            users: i64::try_from(changes.members.len()).expect("a chunk fits memory"),
            fingerprint: hasher.finish(),
        });
    }

    fn compare(&mut self, user: &Selected, found: &mut Findings) {
        let Some(chunk) = self.chunks.get(self.next_chunk) else {
            return;
        };
        let request_index = user.request_index.filter(|_| !self.reverts);
        let (count, hasher) = self.comparing.get_or_insert_default();
        hash_selected(&user.user, request_index, hasher);
        *count += 1;
        if *count < chunk.users {
            return;
        }
        if hasher.finish() != chunk.fingerprint {
            let what = "its results are of other users than the frozen selection has here";
            found.add("journal", chunk.sequence.0, what);
        }
        self.comparing = None;
        self.next_chunk += 1;
    }
}

fn hash_member(member: &Member, hasher: &mut DefaultHasher) {
    match member.user {
        Some(user) => hash_user(Ok(user.0), hasher),
        None => hash_user(Err(member.user_id.as_str()), hasher),
    }
    member.request_index.hash(hasher);
}

fn hash_selected(selected: &SelectedUser, request_index: Option<i64>, hasher: &mut DefaultHasher) {
    match selected {
        SelectedUser::Known(user) => hash_user(Ok(user.0), hasher),
        SelectedUser::Unknown(id) => hash_user(Err(id.as_str()), hasher),
    }
    request_index.hash(hasher);
}

fn hash_user(user: Result<i64, &str>, hasher: &mut DefaultHasher) {
    user.hash(hasher);
}
