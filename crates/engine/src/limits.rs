use std::time::Duration;

/// All limits of the engine, each with its unit and reason. The server's configuration can change
/// them.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Users of one batch: the size that the product is designed for.
    pub batch_users_max: i64,
    /// Users of one resolved or saved selection; the same number as for a batch.
    pub selection_users_max: i64,
    /// Unknown users of one selection that are returned by name. The rest are only counted.
    pub unknown_users_listed_max: usize,
    /// Saved selections of one customer. A deleted user is removed from each of them, in a block of
    /// up to 8 KiB.
    pub selections_per_customer_max: i64,
    /// How long a saved selection lives after its last use when the caller sets no time: a day's
    /// work.
    pub selection_idle_ttl: Duration,
    /// Users that one statement looks up by name or key.
    pub look_up_users_per_step: usize,
    /// User keys that one statement lists in an order; takes a few milliseconds.
    pub user_keys_per_step: usize,
    /// Users of one `ALL_OR_NOTHING` batch. The batch is one transaction, which holds the
    /// customer's lock and grows with the batch.
    pub all_or_nothing_users_max: i64,
    /// Users of one segment of a frozen selection.
    pub segment_users: usize,
    /// Users of the first segment of a large batch. A batch's first chunk is one segment, so its
    /// first results come early.
    pub first_segment_users: usize,
    /// The most segments of one chunk: large enough to spread the cost of a commit over many users.
    pub chunk_segments_max: usize,
    /// Target duration of a chunk. Chunks grow while they take less and shrink when they take more,
    /// so that another caller of the same customer waits for milliseconds.
    pub chunk_time: Duration,
    /// Segments whose users are read by one query, or collected from a stream, before they are
    /// packed.
    pub freeze_segments_read: usize,
    /// Segments that one transaction freezes, packed: a million users at about one byte each. Every
    /// transaction waits for the disk, and the first result waits for all of them.
    pub freeze_segments_per_step: usize,
    /// Chunks that one server prefetches. Each is held in memory, and a batch has at most two. The
    /// users of further chunks are read in their transaction.
    pub chunks_prefetched_max: usize,
    /// Unfinished batches of one customer; more are rejected.
    pub batches_unfinished_per_customer_max: i64,
    /// Unfinished batches that one server has accepted or is accepting; more are rejected. Each
    /// takes a few kilobytes of memory and its turn in the schedule.
    pub batches_unfinished_per_server_max: usize,
    /// Unfinished batches of one caller on one server.
    pub batches_unfinished_per_caller_max: usize,
    /// Unfinished batches of one caller for one customer on one server.
    pub batches_unfinished_per_customer_per_caller_max: i64,
    /// Purchases of one entitlement; they are read and returned together.
    pub purchases_per_entitlement_max: usize,
    /// Journal entries that one query of a result stream returns.
    pub result_entries_per_read: usize,
    /// How long a lease lasts unless it is renewed. Recovery begins at most this long plus one
    /// `recovery_interval` after a server has crashed.
    pub lease: Duration,
    /// Idle timeout of a user stream: how long a pending batch waits for its next users.
    pub user_stream_idle_timeout: Duration,
    /// How often a server looks for batches without a worker.
    pub recovery_interval: Duration,
    /// Customers whose batches are claimed concurrently. Each claim holds a connection while it
    /// waits for its customer's lock.
    pub customers_recovered_at_once_max: usize,
    /// How often a server polls for results that other servers committed, once for all its
    /// followers.
    pub follow_interval: Duration,
    /// The shortest time between two notifications to other servers about batches with new results.
    pub announce_interval: Duration,
    /// How often a stream without other events sends its progress.
    pub progress_interval: Duration,
    /// How often a journal stream without new entries sends an idle event.
    pub journal_idle_interval: Duration,
    /// Attempts of a transaction that conflicts with others, including the first one.
    pub conflict_attempts: u32,
    /// How long streamed users wait for more users before they are stored as a segment.
    pub user_stream_linger: Duration,
    /// Waitlisted users that one transaction serves; the rest are served by further transactions.
    /// The same as the users of a segment, so other callers wait no longer than for a chunk.
    pub waitlist_users_per_step: usize,
    /// Calls for single users of one customer in one group commit, chosen so that the commit takes
    /// no longer than a chunk.
    pub group_commit_calls_max: usize,
    /// Calls for single users of one customer in the queue. Further calls wait outside the queue,
    /// in order of arrival.
    pub calls_waiting_max: usize,
    /// Rows of one step of a user import.
    pub import_rows: usize,
    /// How long a batch is kept after its end, and an idempotency record after its first use;
    /// forever when absent. A quarter: long enough for a caller who asks what happened last month.
    pub batch_retention: Option<Duration>,
    /// How long journal entries are kept; forever when absent, since they record which user held
    /// which license, when and why. Entries of a batch are kept as long as the batch.
    pub journal_retention: Option<Duration>,
    /// Journal entries that one transaction removes.
    pub entries_removed_per_step: usize,
    /// Users in the entries that one transaction removes, if it removes more than one entry. The
    /// same as the users of a segment, so other callers wait no longer than for a chunk.
    pub entry_users_removed_per_step: usize,
    /// The key of page tokens is replaced at this age. Its tokens stay valid until the next
    /// replacement, so a token is valid for at least this long: longer than a caller pages through
    /// a list, short enough that a leaked key stops working.
    pub token_key_age_max: Duration,
    /// How often a server looks for data past its retention.
    pub retention_interval: Duration,
    /// Segments of an ended batch that one transaction removes: about as many bytes as a chunk
    /// writes.
    pub segments_removed_per_step: usize,
    /// Idempotency records that one transaction deletes.
    pub idempotency_records_removed_per_step: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            batch_users_max: 1_000_000,
            selection_users_max: 1_000_000,
            unknown_users_listed_max: 1_000,
            selections_per_customer_max: 1_000,
            selection_idle_ttl: Duration::from_hours(24),
            look_up_users_per_step: 10_000,
            user_keys_per_step: 32_768,
            all_or_nothing_users_max: 100_000,
            segment_users: 2_500,
            first_segment_users: 500,
            chunk_segments_max: 2,
            chunk_time: Duration::from_millis(20),
            freeze_segments_read: 4,
            freeze_segments_per_step: 400,
            chunks_prefetched_max: 64,
            batches_unfinished_per_customer_max: 100,
            batches_unfinished_per_server_max: 1_000,
            batches_unfinished_per_caller_max: 500,
            batches_unfinished_per_customer_per_caller_max: 50,
            purchases_per_entitlement_max: 1_000,
            result_entries_per_read: 2,
            lease: Duration::from_secs(6),
            user_stream_idle_timeout: Duration::from_mins(5),
            recovery_interval: Duration::from_secs(2),
            customers_recovered_at_once_max: 4,
            follow_interval: Duration::from_millis(250),
            announce_interval: Duration::from_millis(10),
            progress_interval: Duration::from_secs(1),
            journal_idle_interval: Duration::from_secs(10),
            conflict_attempts: 8,
            user_stream_linger: Duration::from_millis(20),
            waitlist_users_per_step: 2_500,
            group_commit_calls_max: 256,
            calls_waiting_max: 1_024,
            import_rows: 5_000,
            batch_retention: Some(Duration::from_hours(90 * 24)),
            journal_retention: None,
            entries_removed_per_step: 500,
            entry_users_removed_per_step: 2_500,
            token_key_age_max: Duration::from_hours(30 * 24),
            retention_interval: Duration::from_mins(1),
            segments_removed_per_step: 20,
            idempotency_records_removed_per_step: 1_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_begins_within_ten_seconds_of_a_servers_death() {
        let limits = Limits::default();
        assert!(limits.lease + limits.recovery_interval <= Duration::from_secs(10));
    }
}
