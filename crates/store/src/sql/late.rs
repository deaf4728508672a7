//! What mutants put off until after the commit it belongs to. Without a mutant
//! nothing ever is.

use std::time::Duration;

use seatkeeper_domain::{CustomerKey, ProductKey};
use seatkeeper_failpoints::{Point, fail_point};

use super::entitlements::{self, Counter};
use super::pools::{Pools, commit};
use super::{batches, idempotency};
use crate::{Batch, IdempotencyRecord, StoreResult};

/// How far apart a bug drives what belongs together: far enough for death to come between.
pub(super) const APART: Duration = Duration::from_millis(15);

/// A write that comes too late.
pub(super) enum Write {
    Seats(Vec<(ProductKey, i64)>),
    Batch(Box<Batch>),
    Request(IdempotencyRecord),
}

/// The writes that a transaction has put off.
pub(super) struct Late {
    pools: Pools,
    writes: Vec<Write>,
}

impl Late {
    pub(super) fn new(pools: Pools) -> Self {
        let writes = Vec::new();
        Self { pools, writes }
    }

    pub(super) fn put_off(&mut self, write: Write) {
        self.writes.push(write);
    }

    /// Does what was put off, a transaction each.
    pub(super) async fn write(self, customer: CustomerKey) -> StoreResult<()> {
        for write in self.writes {
            tokio::time::sleep(APART).await;
            let db = self.pools.begin_write().await?;
            match write {
                Write::Seats(deltas) => {
                    entitlements::add(&db, customer, Counter::Assigned, &deltas).await?;
                }
                Write::Batch(batch) => batches::save(&db, customer, &batch).await?,
                Write::Request(record) => {
                    fail_point(Point::IdempotencyInsertBegun);
                    idempotency::insert(&db, customer, std::slice::from_ref(&record)).await?;
                }
            }
            commit(db).await?;
        }
        Ok(())
    }
}
