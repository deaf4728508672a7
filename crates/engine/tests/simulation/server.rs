use std::collections::HashSet;
use std::future::{Future, pending};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seatkeeper_store::{SharedSource, StoreError, StoreResult};
use tokio::sync::Notify;
use tokio::task;
use tokio::time::Instant;

use crate::sim::{Sim, trace_line};

/// One server process of a run, with the faults that the nemesis can inject.
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) sim: Arc<Sim>,
    health: Mutex<Health>,
    /// Notified when the health changes. Not a `watch` channel, whose receivers wake in random
    /// order.
    changed: Notify,
    /// Until when the database does not respond to this server.
    storm: Mutex<Option<Instant>>,
    /// The tasks that have an open transaction.
    transacting: Mutex<HashSet<task::Id>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Health {
    Up,
    /// Paused, continues later; `cut` if the database ends its sessions during the pause.
    Paused {
        until: Instant,
        cut: bool,
    },
    /// Killed: it never does anything again.
    Down,
}

/// The result of a call's way to the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Arrived,
    /// The connection is lost; the server lives.
    Lost,
    /// The server is down.
    Dead,
}

impl Server {
    pub(crate) fn new(sim: &Arc<Sim>, name: String) -> Arc<Self> {
        Arc::new(Self {
            name,
            sim: Arc::clone(sim),
            health: Mutex::new(Health::Up),
            changed: Notify::new(),
            storm: Mutex::new(None),
            transacting: Mutex::default(),
        })
    }

    pub(crate) fn is_down(&self) -> bool {
        self.health() == Health::Down
    }

    pub(crate) fn is_up(&self) -> bool {
        self.health() == Health::Up
    }

    fn health(&self) -> Health {
        *self.health.lock().unwrap()
    }

    fn set(&self, health: Health) {
        *self.health.lock().unwrap() = health;
        self.changed.notify_waiters();
    }

    /// Kills the server. Its running calls stop where they are.
    pub(crate) fn kill(&self) {
        self.set(Health::Down);
    }

    /// Pauses the server for a while, if it is up.
    pub(crate) fn pause(&self, length: Duration, cut: bool) {
        let until = Instant::now() + length;
        if self.is_up() {
            self.set(Health::Paused { until, cut });
        }
    }

    pub(crate) fn storm(&self, length: Duration) {
        *self.storm.lock().unwrap() = Some(Instant::now() + length);
    }

    /// Waits until the server is killed.
    pub(crate) async fn death(&self) {
        loop {
            let changed = self.changed.notified();
            if self.is_down() {
                return;
            }
            changed.await;
        }
    }

    /// Waits until the server is neither paused nor down.
    pub(crate) async fn running(&self) {
        loop {
            let changed = self.changed.notified();
            match self.health() {
                Health::Up => return,
                Health::Down => pending::<()>().await,
                Health::Paused { until, .. } => {
                    tokio::select! {
                        biased;
                        () = changed => {}
                        () = tokio::time::sleep_until(until) => self.wake(until),
                    }
                }
            }
        }
    }

    fn wake(&self, until: Instant) {
        if matches!(self.health(), Health::Paused { until: end, .. } if end == until) {
            self.set(Health::Up);
        }
    }

    /// Carries a call of this server to the database. `in_transaction` if the call belongs to an
    /// open transaction, which the database may end while the server is paused.
    pub(crate) async fn travel(&self, in_transaction: bool) -> Way {
        if let Some(time) = self.sim.way() {
            tokio::select! {
                biased;
                () = self.death() => return Way::Dead,
                () = tokio::time::sleep(time) => {}
            }
        }
        match self.health() {
            Health::Down => return Way::Dead,
            Health::Paused { cut: true, .. } if in_transaction => return Way::Lost,
            Health::Paused { .. } => tokio::select! {
                biased;
                () = self.death() => return Way::Dead,
                () = self.running() => {}
            },
            Health::Up => {}
        }
        let storm = *self.storm.lock().unwrap();
        if storm.is_some_and(|until| Instant::now() < until && !self.sim.is_calm()) {
            return Way::Lost;
        }
        if self.sim.strikes(self.sim.fault_profile.unavailable) {
            self.sim.count("lost connection");
            return Way::Lost;
        }
        Way::Arrived
    }

    /// Records that the current task has opened or ended a transaction.
    pub(crate) fn transacts(&self, open: bool) {
        let mut transacting = self.transacting.lock().unwrap();
        if open {
            transacting.insert(task::id());
        } else {
            transacting.remove(&task::id());
        }
    }

    /// Stops a task of a dead server. If the task has an open transaction, this call fails, so that
    /// the task drops it, as the database would. Otherwise the task never continues.
    pub(crate) async fn stop_task<T>(&self, call: &str) -> StoreResult<T> {
        if self.transacting.lock().unwrap().contains(&task::id()) {
            return Err(self.unavailable(call));
        }
        pending().await
    }

    /// Runs `work` on a living server; never ends on a dead one.
    pub(crate) async fn alive<T>(&self, work: impl Future<Output = T>) -> T {
        tokio::select! {
            biased;
            () = self.death() => pending().await,
            done = work => done,
        }
    }

    pub(crate) fn unavailable(&self, call: &str) -> StoreError {
        trace_line!(self.sim, "{}: {call} is lost", self.name);
        StoreError::Unavailable(source("the simulated connection is gone"))
    }
}

/// The cause of a simulated failure.
pub(crate) fn source(what: &'static str) -> SharedSource {
    Arc::new(std::io::Error::other(what))
}
