//! Lanes for reads: those that may take seconds never have all connections.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnAcquireErr, DbErr};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::error::classify;
use crate::{StoreError, StoreResult};

/// What a read costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// It is bounded: a row, a page, a chunk, by an index.
    Cheap,
    /// It grows with the customer: a search by a filter, a summary, a walk over everyone.
    Expensive,
}

/// Bounds how many reads of each kind are carried out at once.
#[derive(Debug)]
pub(super) struct Lanes {
    all: Arc<Semaphore>,
    expensive: Arc<Semaphore>,
    /// How long a read that has its lane waits for a connection.
    acquire_timeout: Duration,
    /// Rings when a read finds that the database is away.
    lost: Notify,
}

/// A place in a lane, until it is dropped.
#[derive(Debug)]
pub(super) struct Admission {
    _all: OwnedSemaphorePermit,
    _expensive: Option<OwnedSemaphorePermit>,
}

impl Lanes {
    /// Half of the connections are for expensive reads, so that the other half is left whatever they
    /// cost; a single connection is for all.
    pub(super) fn new(connections: usize, acquire_timeout: Duration) -> Self {
        Self {
            all: Arc::new(Semaphore::new(connections)),
            expensive: Arc::new(Semaphore::new((connections / 2).max(1))),
            acquire_timeout,
            lost: Notify::new(),
        }
    }

    /// Waits for a place. Expensive reads wait for one another as long as their callers do, unless
    /// the database is away.
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

    /// Refuses the expensive reads that wait: the database is away.
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
