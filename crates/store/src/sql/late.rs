//! Writes that a mutant defers until after the commit that they belong to. Without a mutant nothing
//! is deferred.

use std::time::Duration;

use seatkeeper_domain::{CustomerKey, ProductKey};
use seatkeeper_failpoints::{Point, fail_point};

use super::entitlements::{self, Counter};
use super::pools::{Pools, commit};
use super::{batches, idempotency};
use crate::{Batch, IdempotencyRecord, StoreResult};

/// The delay that a mutant puts between two writes: long enough for a kill in between.
pub(super) const APART: Duration = Duration::from_millis(15);

/// A deferred write.
pub(super) enum Write {
    Seats(Vec<(ProductKey, i64)>),
    Batch(Box<Batch>),
    Request(IdempotencyRecord),
}

/// The deferred writes of a transaction.
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

    /// Runs the deferred writes, each in its own transaction.
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
