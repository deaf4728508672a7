//! Refreshes statistics of tables that outgrow their query plans. PostgreSQL caches a plan until
//! the statistics of its tables change. While a table is empty, all indexes cost the same, and a
//! lookup may be planned as a scan of all the customer's rows. After an import of many users every
//! lookup was such a scan until autovacuum ran, a minute later. So the transaction that inserts
//! many rows also runs ANALYZE.

use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::error::classify;
use crate::StoreResult;

/// Up to this number of rows any plan is fast enough.
const FEW: u64 = 100;

/// The growth that makes a plan outdated: ANALYZE runs few times on the way to millions of rows.
const FACTOR: u64 = 2;

/// A table that has several indexes for a customer's rows, and that grows by many rows in a short
/// time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    Users,
    Waitlist,
}

/// The number of rows that this process has inserted.
#[derive(Debug, Default)]
pub(super) struct AutoAnalyze {
    users: AtomicU64,
    waitlist: AtomicU64,
}

impl AutoAnalyze {
    /// Counts the rows that a transaction inserts, and runs ANALYZE when the table has grown by
    /// [`FACTOR`]. Other transactions see the statistics after the commit, like the rows.
    pub(super) async fn record_inserts(
        &self,
        db: &DatabaseTransaction,
        table: Table,
        rows: usize,
    ) -> StoreResult<()> {
        if db.get_database_backend() == DbBackend::Sqlite {
            // SQLite plans by the indexes alone.
            return Ok(());
        }
        let (name, added) = match table {
            Table::Users => ("users", &self.users),
            Table::Waitlist => ("waitlist", &self.waitlist),
        };
        let before = added.fetch_add(rows as u64, Ordering::Relaxed);
        if steps(before) == steps(before + rows as u64) {
            return Ok(());
        }
        // Skips the table, instead of waiting, while another ANALYZE or a vacuum runs on it.
        let analyze = format!("ANALYZE (SKIP_LOCKED) {name}");
        db.execute_unprepared(&analyze).await.map_err(classify)?;
        Ok(())
    }
}

/// How many times a table with this number of rows has outgrown its plans.
fn steps(rows: u64) -> u32 {
    (rows / FEW)
        .checked_ilog(FACTOR)
        .map_or(0, |times| times + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_outgrows_its_plans_each_time_it_is_twice_as_large() {
        let rows = [0, 99, 100, 199, 200, 399, 400, 1_000_000];
        assert_eq!(rows.map(steps), [0, 0, 1, 1, 2, 2, 3, 14]);
    }
}
