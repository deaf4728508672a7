//! The mutant [`Mutant::LeakedTransaction`](seatkeeper_failpoints::Mutant::LeakedTransaction).

use sea_orm::{ConnectionTrait, DatabaseConnection};

/// Leaves an open transaction in the pool when it is dropped before [`LeftOpen::begun`]. This is
/// the effect of a BEGIN that is sent and whose response is never read.
pub(super) struct LeftOpen(Option<DatabaseConnection>);

impl LeftOpen {
    pub(super) fn when_cut_off(pool: &DatabaseConnection) -> Self {
        Self(Some(pool.clone()))
    }

    /// The transaction has begun; its owner ends it.
    pub(super) fn begun(mut self) {
        self.0 = None;
    }
}

impl Drop for LeftOpen {
    fn drop(&mut self) {
        if let Some(pool) = self.0.take() {
            tokio::spawn(async move {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                if let Err(error) = pool.execute_unprepared(begin).await {
                    tracing::debug!(%error, "no transaction was left open");
                }
            });
        }
    }
}
