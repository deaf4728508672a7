/// The databases that the server supports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Database {
    /// A file in the server's own data directory.
    Sqlite,
    /// A database on a private `PostgreSQL` server.
    Postgres,
}

/// Defines one test per database for each of the named functions. Each function takes the value
/// that [`SetUp`](crate::SetUp) prepares.
#[macro_export]
macro_rules! on_each_database {
    ($($name:ident,)+) => {
        mod on_sqlite {
            $(#[tokio::test]
            async fn $name() {
                $crate::run($crate::Database::Sqlite, super::$name).await;
            })+
        }

        mod on_postgres {
            $(#[tokio::test]
            async fn $name() {
                $crate::run($crate::Database::Postgres, super::$name).await;
            })+
        }
    };
}
