/// The databases that the server supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file in the server's own data directory.
    Sqlite,
    /// A database on a private `PostgreSQL` server.
    Postgres,
}
