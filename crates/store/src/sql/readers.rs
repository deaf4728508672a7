//! The reading connections.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbBackend, DbErr};

use super::interrupt::Interrupt;
use super::lanes::{Admission, Lane, Lanes};
use super::reading::Reading;
use crate::StoreResult;

/// A reading connection: a pool of one, which connects at first use and reconnects when the
/// connection is lost.
#[derive(Debug)]
pub(super) struct ReadConnection {
    pub(super) db: DatabaseConnection,
    pub(super) interrupt: Arc<Interrupt>,
}

impl ReadConnection {
    /// How soon the connection can be used; lower is sooner. A connection used a moment ago needs
    /// one more round trip until it is back in its pool.
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

/// All reading connections, each used by one read at a time, with the lanes that limit them.
#[derive(Debug)]
pub(super) struct Readers {
    lanes: Lanes,
    /// The unused connections, the last used one at the end.
    free: Mutex<Vec<Arc<ReadConnection>>>,
    all: Vec<Arc<ReadConnection>>,
    stopped: Arc<AtomicU64>,
}

impl Readers {
    /// `stopped` is the counter of the connections' interrupts. A read waits for a connection for
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

    /// Takes the connection that is ready soonest. One is always free: there are as many
    /// connections as permits, and the caller holds a permit.
    fn pop(&self) -> Arc<ReadConnection> {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let soonest = free.iter().enumerate().rev();
        let soonest = soonest.min_by_key(|(_, connection)| connection.readiness());
        let index = soonest.map_or(0, |(index, _)| index);
        free.remove(index)
    }

    /// Returns a connection, and then releases its permit.
    pub(super) fn put_back(&self, connection: Arc<ReadConnection>, admission: Admission) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.push(connection);
        drop(free);
        drop(admission);
    }

    pub(super) fn refuse_waiting(&self) {
        self.lanes.refuse_waiting();
    }

    /// The number of statements that were stopped because their callers disconnected.
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
