use std::time::Duration;

/// How SQLite is opened. The defaults suit a server of its own on a common machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// Connections that read, at least 2. Half of them take reads that may last seconds. One more
    /// connection writes, and one is for the server's health.
    pub reader_count: u32,
    /// Memory for database pages of the writing connection, in KiB. It fills as the database grows
    /// and buys little: the pages it leaves out are in the system's own cache.
    pub writer_cache_kib: u32,
    /// Memory for database pages of each reading connection, in KiB.
    pub reader_cache_kib: u32,
    /// After how many pages of 4 KiB the write-ahead log is copied back into the database file. The
    /// commit that comes to it does that work while all others wait, so it is to be little.
    pub checkpoint_pages: u32,
    /// How long to wait for a connection.
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

/// How PostgreSQL is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// The most connections this process opens for calls and batches, at least 3. Half of them write:
    /// as many customers as that change at once. Half of the others take reads that may last seconds.
    /// Three more connections listen to other servers, probe the database for the server's health,
    /// and cancel statements whose callers are gone.
    pub max_connections: u32,
    /// How long to wait for a connection. A database that is away is noticed after that long, and
    /// its return after a fifth of it.
    pub acquire_timeout: Duration,
    /// How long a transaction that writes may leave the database without a word before the
    /// database ends it: a server that was stopped, or that the network lost, would else keep its
    /// customer's lock, and whoever takes its batches over waits for that.
    pub silent_transaction_max: Duration,
    /// How long one statement of a read may take before the database ends it: a caller who leaves
    /// has it cancelled, but the network can lose that. Longer than any call may take.
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
