use sea_orm::ConnAcquireErr;

use super::*;

fn sqlx(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}

#[test]
fn a_lost_connection_is_unavailable_and_leaves_a_commit_unknown() {
    let lost = || sqlx(sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into()));
    assert!(matches!(classify(lost()), StoreError::Unavailable(_)));
    assert!(matches!(
        classify_commit(lost()),
        StoreError::CommitUnknown(_)
    ));
}

#[test]
fn an_exhausted_pool_is_unavailable() {
    let error = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);
    assert!(matches!(classify(error), StoreError::Unavailable(_)));
}

#[test]
fn postgres_codes_are_distinguished() {
    assert!(matches!(kind_of_postgres("40001"), Kind::Conflict));
    assert!(matches!(kind_of_postgres("40P01"), Kind::Conflict));
    assert!(matches!(kind_of_postgres("53100"), Kind::Full));
    assert!(matches!(kind_of_postgres("53300"), Kind::Unavailable));
    assert!(matches!(kind_of_postgres("57P01"), Kind::Unavailable));
    assert!(matches!(kind_of_postgres("25P03"), Kind::Unavailable));
    assert!(matches!(kind_of_postgres("08006"), Kind::Unavailable));
    assert!(matches!(kind_of_postgres("42601"), Kind::Refused));
}

#[test]
fn sqlite_extended_codes_count_as_their_primary() {
    // SQLITE_BUSY_SNAPSHOT, SQLITE_IOERR_FSYNC, SQLITE_FULL, SQLITE_CONSTRAINT_UNIQUE.
    assert!(matches!(kind_of_sqlite("517"), Kind::Conflict));
    assert!(matches!(kind_of_sqlite("1034"), Kind::Unavailable));
    assert!(matches!(kind_of_sqlite("13"), Kind::Full));
    assert!(matches!(kind_of_sqlite("2067"), Kind::Refused));
}
