//! Tables that outgrow the plans made for them. PostgreSQL keeps a plan until the statistics of its
//! tables change. While a table is empty all its indexes are equally good, and a lookup may be planned
//! as reading all of a customer's rows; after an import of many users each lookup did, until
//! autovacuum came by a minute later. So statistics are gathered with the rows that make them
//! necessary.

use std::sync::atomic::{AtomicU64, Ordering};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};

use super::error::classify;
use crate::StoreResult;

/// Rows of a table for which any plan will do.
const FEW: u64 = 100;

/// By how much a table outgrows its plans: few enough times for millions of rows.
const FACTOR: u64 = 2;

/// A table with several indexes that a customer's rows can be read by, and to which many rows are
/// added in little time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    Users,
    Waitlist,
}

/// How many rows this process has added.
#[derive(Debug, Default)]
pub(super) struct AutoAnalyze {
    users: AtomicU64,
    waitlist: AtomicU64,
}

impl AutoAnalyze {
    /// Notes rows that a transaction has added, and gathers statistics where they are many more than
    /// before. They count from the commit on, as the rows do.
    pub(super) async fn record_inserts(
        &self,
        db: &DatabaseTransaction,
        table: Table,
        rows: usize,
    ) -> StoreResult<()> {
        if db.get_database_backend() == DbBackend::Sqlite {
            // It plans by the indexes alone.
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
        // Where another does the same right now, or cleans up, nobody waits.
        let analyze = format!("ANALYZE (SKIP_LOCKED) {name}");
        db.execute_unprepared(&analyze).await.map_err(classify)?;
        Ok(())
    }
}

/// How often a table of so many rows has outgrown its plans.
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
