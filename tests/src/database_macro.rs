/// Makes a test on each database out of each of the functions named, which take what
/// [`SetUp`](crate::SetUp) sets up.
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
