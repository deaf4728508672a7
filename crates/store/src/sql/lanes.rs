//! Lanes for reads: reads that may take seconds never occupy all connections.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnAcquireErr, DbErr};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::error::classify;
use crate::{StoreError, StoreResult};

/// The cost of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Bounded cost: a row, a page or a chunk, found by an index.
    Cheap,
    /// The cost grows with the customer: a search by a filter, a summary, a scan of all users.
    Expensive,
}

/// Limits the concurrent reads of each lane.
#[derive(Debug)]
pub(super) struct Lanes {
    all: Arc<Semaphore>,
    expensive: Arc<Semaphore>,
    /// How long a read that has entered its lane waits for a connection.
    acquire_timeout: Duration,
    /// Notified when a read finds the database unavailable.
    lost: Notify,
}

/// A permit for a lane, held until it is dropped.
#[derive(Debug)]
pub(super) struct Admission {
    _all: OwnedSemaphorePermit,
    _expensive: Option<OwnedSemaphorePermit>,
}

impl Lanes {
    /// Expensive reads get half of the connections, so that the other half stays free for cheap
    /// reads. A single connection serves both lanes.
    pub(super) fn new(connections: usize, acquire_timeout: Duration) -> Self {
        Self {
            all: Arc::new(Semaphore::new(connections)),
            expensive: Arc::new(Semaphore::new((connections / 2).max(1))),
            acquire_timeout,
            lost: Notify::new(),
        }
    }

    /// Waits for a permit. Expensive reads wait for each other without a timeout, but fail when the
    /// database becomes unavailable.
    pub(super) async fn enter(&self, lane: Lane) -> StoreResult<Admission> {
        let expensive = match lane {
            Lane::Cheap => None,
            Lane::Expensive => Some(tokio::select! {
                biased;
                permit = Arc::clone(&self.expensive).acquire_owned() => permit.map_err(closed)?,
                () = self.lost.notified() => return Err(none_free()),
            }),
        };
        let all = timeout(self.acquire_timeout, Arc::clone(&self.all).acquire_owned()).await;
        Ok(Admission {
            _all: all.map_err(|_| none_free())?.map_err(closed)?,
            _expensive: expensive,
        })
    }

    /// Fails the waiting expensive reads: the database is unavailable.
    pub(super) fn refuse_waiting(&self) {
        self.lost.notify_waiters();
    }
}

fn none_free() -> StoreError {
    classify(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))
}

fn closed(_: tokio::sync::AcquireError) -> StoreError {
    classify(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed))
}
