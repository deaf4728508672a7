use std::time::Duration;

/// Options for SQLite. The defaults suit a machine of common size that runs only the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Connections that read, at least 2. Half of them serve reads that may take seconds. One more
    /// connection writes, and one is for health checks.
    pub reader_count: u32,
    /// Page cache of the writing connection, in KiB. It fills as the database grows; a larger one
    /// gains little, because the operating system caches the same pages.
    pub writer_cache_kib: u32,
    /// Page cache of each reading connection, in KiB.
    pub reader_cache_kib: u32,
    /// The number of 4 KiB pages after which the write-ahead log is copied into the database file.
    /// One commit does the copy while all others wait, so keep it small.
    pub checkpoint_pages: u32,
    /// Timeout for getting a connection.
    pub acquire_timeout: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            reader_count: 4,
            writer_cache_kib: 2 * 1024,
            reader_cache_kib: 256,
            checkpoint_pages: 1000,
            acquire_timeout: Duration::from_secs(30),
        }
    }
}

/// Options for PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// The most connections that this process opens for calls and batches, at least 3. Half of them
    /// write, one customer each. Half of the others serve reads that may take seconds. Three more
    /// connections subscribe to notifications of other servers, run health checks, and cancel
    /// statements of disconnected callers.
    pub max_connections: u32,
    /// Timeout for getting a connection. A lost database is detected within this time, and its
    /// return within a fifth of it.
    pub acquire_timeout: Duration,
    /// How long a write transaction may be idle before the database ends it. Otherwise a stopped
    /// server, or one cut off by the network, would keep its customer's lock. The server that takes
    /// over its batches waits for that lock.
    pub silent_transaction_max: Duration,
    /// How long one statement of a read may run before the database ends it. A disconnected
    /// caller's statement is cancelled, but the network can lose the cancellation. Must be longer
    /// than any call.
    pub read_statement_max: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            max_connections: 16,
            acquire_timeout: Duration::from_secs(5),
            silent_transaction_max: Duration::from_secs(6),
            read_statement_max: Duration::from_mins(2),
        }
    }
}
