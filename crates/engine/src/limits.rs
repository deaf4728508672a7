use std::time::Duration;

/// Every bound of the engine, each with its unit and reason. A server may lower or raise them.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Users of one batch. The size the product is made for.
    pub batch_users_max: i64,
    /// Users of one selection that is resolved to a set, or saved: as many as one batch may have.
    pub selection_users_max: i64,
    /// Unknown users of one selection that are told by name: the count tells of the others.
    pub unknown_users_listed_max: usize,
    /// Saved selections of one customer: a user who is deleted is looked for in each of them, in
    /// a block of up to 8 KiB.
    pub selections_per_customer_max: i64,
    /// How long a saved selection lives after its last use when its maker does not say: a day's
    /// work.
    pub selection_idle_ttl: Duration,
    /// Users that one statement looks up by name or key.
    pub look_up_users_per_step: usize,
    /// User keys that one statement lists in an order: a few milliseconds' worth.
    pub user_keys_per_step: usize,
    /// Users of one `ALL_OR_NOTHING` batch: it is one transaction, which holds the customer's lock
    /// and grows with the batch.
    pub all_or_nothing_users_max: i64,
    /// Users of one segment of a frozen selection.
    pub segment_users: usize,
    /// Users of the first segment of a batch of many. A batch's first chunk is one segment, so that its
    /// first results come soon.
    pub first_segment_users: usize,
    /// Segments of one chunk at most: large enough that a commit's cost is spread thin.
    pub chunk_segments_max: usize,
    /// How long a chunk should take. Chunks grow while they take less and shrink when they take
    /// more, so that another caller of the same customer waits for milliseconds.
    pub chunk_time: Duration,
    /// Segments whose users are read at once, or collected from a stream, before they are packed.
    pub freeze_segments_read: usize,
    /// Segments that are frozen in one transaction, packed: a million users at about a byte each.
    /// Every transaction waits for the disk, and the first result waits for them all.
    pub freeze_segments_per_step: usize,
    /// Chunks that one server prefetches: each is held in memory, and a batch has up to two.
    /// The users of further chunks are read in their transaction.
    pub chunks_prefetched_max: usize,
    /// Batches of one customer that are not finished; more are refused.
    pub batches_unfinished_per_customer_max: i64,
    /// Batches that one server has accepted or is accepting and that are not finished; more are
    /// refused. Each takes a few kilobytes and its turn.
    pub batches_unfinished_per_server_max: usize,
    /// How many of them one caller may have on this server.
    pub batches_unfinished_per_caller_max: usize,
    /// How many of them one caller may have on this server for one customer.
    pub batches_unfinished_per_customer_per_caller_max: i64,
    /// Purchases behind one entitlement: they are read and told together.
    pub purchases_per_entitlement_max: usize,
    /// Journal entries that a result stream reads at once.
    pub result_entries_per_read: usize,
    /// How long a lease lasts without being renewed. Recovery begins this long after a server
    /// died, plus one `recovery_interval`.
    pub lease: Duration,
    /// How long a batch that is not accepted yet may wait for its next users.
    pub user_stream_idle_timeout: Duration,
    /// How often a server looks for batches without a worker.
    pub recovery_interval: Duration,
    /// Customers whose batches are taken up at once. Each takes a connection while it waits for
    /// its customer's lock.
    pub customers_recovered_at_once_max: usize,
    /// How often a server looks for results that another one committed, for all who follow.
    pub follow_interval: Duration,
    /// How often other servers are notified of batches with new results, at most.
    pub announce_interval: Duration,
    /// How often a stream with nothing to say tells its progress.
    pub progress_interval: Duration,
    /// How often a stream of a journal to which nothing happens says that it is still there.
    pub journal_idle_interval: Duration,
    /// How often a transaction is tried that lost against another one.
    pub conflict_attempts: u32,
    /// How long users streamed in wait for more before they are handed on as a chunk.
    pub user_stream_linger: Duration,
    /// Users who wait that one transaction serves at most; more are served by transactions of
    /// their own. As many as a segment has, so that others wait as long as for a chunk.
    pub waitlist_users_per_step: usize,
    /// Calls for single users of one customer that one group commit carries out: as long as a
    /// chunk takes, at most.
    pub group_commit_calls_max: usize,
    /// Calls for single users of one customer that wait for a transaction; more wait their turn
    /// without being known to whoever carries them out.
    pub calls_waiting_max: usize,
    /// Rows of one step of a users import.
    pub import_rows: usize,
    /// How long a batch is kept after its end, and what a request id led to after its first use;
    /// for ever when absent. A quarter: long enough for whoever asks what happened last month.
    pub batch_retention: Option<Duration>,
    /// How long journal entries are kept; for ever when absent, as they are what tells who had
    /// what, when and why. Those of a batch that exists are kept as well.
    pub journal_retention: Option<Duration>,
    /// Journal entries that one transaction removes.
    pub entries_removed_per_step: usize,
    /// Users whom those entries decide on, where there is more than one entry: as many as a segment
    /// has, so that others wait as long as for a chunk.
    pub entry_users_removed_per_step: usize,
    /// Age at which the key of page tokens is replaced. Its tokens stay valid until the next
    /// replacement, so a token is valid for at least this long: longer than a caller pages
    /// through a list, short enough that a key that leaks stops working.
    pub token_key_age_max: Duration,
    /// How often a server looks for what was kept long enough.
    pub retention_interval: Duration,
    /// Segments of an ended batch that one transaction removes: about as many bytes as a chunk
    /// writes.
    pub segments_removed_per_step: usize,
    /// Request ids that one transaction deletes.
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
