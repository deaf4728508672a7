//! The connections that read.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbBackend, DbErr};

use super::interrupt::Interrupt;
use super::lanes::{Admission, Lane, Lanes};
use super::reading::Reading;
use crate::StoreResult;

/// A connection that reads: a pool of one, which makes the connection when it is first used and
/// again when it was lost.
#[derive(Debug)]
pub(super) struct ReadConnection {
    pub(super) db: DatabaseConnection,
    pub(super) interrupt: Arc<Interrupt>,
}

impl ReadConnection {
    /// How soon it can be used; the least is the soonest. What was used a moment ago is still on
    /// its way back, which takes a round trip.
    fn readiness(&self) -> u8 {
        let (idle, size) = if self.db.get_database_backend() == DbBackend::Sqlite {
            let pool = self.db.get_sqlite_connection_pool();
            (pool.num_idle(), pool.size())
        } else {
            let pool = self.db.get_postgres_connection_pool();
            (pool.num_idle(), pool.size())
        };
        match (idle, size) {
            (0, 0) => 1,
            (0, _) => 2,
            _ => 0,
        }
    }
}

/// All connections that read, each used by one read at a time, and the lanes to them.
#[derive(Debug)]
pub(super) struct Readers {
    lanes: Lanes,
    /// Those that no read uses, the one used last at the end.
    free: Mutex<Vec<Arc<ReadConnection>>>,
    all: Vec<Arc<ReadConnection>>,
    stopped: Arc<AtomicU64>,
}

impl Readers {
    /// `stopped` is what the interrupts of the connections count. A read waits for a connection for
    /// at most `acquire_timeout`.
    pub(super) fn new(
        connections: Vec<ReadConnection>,
        stopped: Arc<AtomicU64>,
        acquire_timeout: Duration,
    ) -> Arc<Self> {
        let all: Vec<_> = connections.into_iter().map(Arc::new).collect();
        Arc::new(Self {
            lanes: Lanes::new(all.len(), acquire_timeout),
            free: Mutex::new(all.clone()),
            all,
            stopped,
        })
    }

    /// Waits for a connection.
    pub(super) async fn take(self: &Arc<Self>, lane: Lane) -> StoreResult<Reading> {
        let admission = self.lanes.enter(lane).await?;
        Ok(Reading::new(Arc::clone(self), self.pop(), admission))
    }

    /// The caller has a place in a lane, and there are as many connections.
    fn pop(&self) -> Arc<ReadConnection> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let soonest = free.iter().enumerate().rev();
        let soonest = soonest.min_by_key(|(_, connection)| connection.readiness());
        let index = soonest.map_or(0, |(index, _)| index);
        free.remove(index)
    }

    /// Gives a connection back, and then the place in its lane.
    pub(super) fn put_back(&self, connection: Arc<ReadConnection>, admission: Admission) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(connection);
        drop(free);
        drop(admission);
    }

    pub(super) fn refuse_waiting(&self) {
        self.lanes.refuse_waiting();
    }

    /// How many statements were stopped because their callers were gone.
    pub(super) fn stopped_count(&self) -> u64 {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(super) async fn close(&self) -> Result<(), DbErr> {
        for connection in &self.all {
            connection.db.clone().close().await?;
        }
        Ok(())
    }
}
