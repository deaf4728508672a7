//! Group commit of calls for single users.
//!
//! Each customer's calls wait in a queue. A call that joins a queue without a leader spawns one.
//! The leader is a task that takes the customer's lock, then takes all calls that wait by then. It
//! runs them in one transaction, with a few statements for all of them. A call that arrives later
//! is in the next transaction. The leader never waits for more calls. It releases the lock between
//! two transactions, so that chunks of batches and other changes get their turn.

mod call;
mod group;
mod pending;
mod queue;

pub(crate) use queue::GroupCommit;

use std::sync::Arc;

use seatkeeper_domain::CustomerId;
use seatkeeper_failpoints::{Point, fail_point};

use self::call::{Answer, Call, refuse};
use self::group::Group;
use self::queue::Queue;
use super::update::{UpdateUserLicenses, UserLicensesUpdated};
use crate::{Engine, EngineError, EngineResult, Resource};

impl Engine {
    /// Changes one user's licenses in one transaction, by group commit: other waiting calls for the
    /// customer may share the transaction. The result is the same as if the call ran alone.
    ///
    /// Violations of rules are part of the result, as in a batch. Only an invalid request is an
    /// error.
    pub async fn update_user_licenses(
        &self,
        update: UpdateUserLicenses,
    ) -> EngineResult<UserLicensesUpdated> {
        let (changes, sequence) = self.submit_update(update).await?;
        let catalog = self.catalog_version(changes.catalog_version).await?;
        Ok(UserLicensesUpdated {
            changes,
            catalog,
            sequence,
        })
    }

    /// Runs a call in one transaction with the other calls that wait. If the caller disconnects, a
    /// running call still completes, and a waiting one is dropped.
    async fn submit_update(&self, update: UpdateUserLicenses) -> EngineResult<Answer> {
        let customer = update.customer.clone();
        let calls_max = self.core.limits.calls_waiting_max;
        let queue = self.core.group_commit.queue(&customer, calls_max);
        let (call, answer) = Call::new(update, queue.room().await);
        if queue.push(call) {
            tokio::spawn(run_leader(self.clone(), customer, queue));
        }
        answer.await.unwrap_or(Err(EngineError::TaskLost))
    }
}

/// Commits the waiting calls, group by group, until the queue is empty.
async fn run_leader(engine: Engine, customer: CustomerId, queue: Arc<Queue>) {
    let _leader = Leader { queue: &queue };
    while queue.continue_or_release() {
        commit_next_group(&engine, &customer, &queue).await;
    }
}

/// The leader of a queue. If it panics, the waiting calls get an error, and the next call spawns
/// another leader.
struct Leader<'a> {
    queue: &'a Queue,
}

impl Drop for Leader<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            refuse(self.queue.abandon(), &EngineError::TaskLost);
        }
    }
}

/// Commits one group, and sends each caller its result after the commit.
async fn commit_next_group(engine: &Engine, customer: &CustomerId, queue: &Arc<Queue>) {
    // The result of the lookup applies to the calls that wait at this moment.
    let waiting = queue.len();
    let customer = match engine.core.store.customer(customer).await {
        Ok(Some(found)) => found.key,
        Ok(None) => {
            let missing = EngineError::NotFound(Resource::customer(customer));
            return refuse(queue.take(waiting), &missing);
        }
        Err(error) => return refuse(queue.take(waiting), &error.into()),
    };
    let mut group = Group::new(engine.clone(), Arc::clone(queue));
    fail_point(Point::SingleBegun);
    let done = engine.run_with_retry(customer, &mut group).await;
    match done {
        Ok(Some(answers)) => group.reply(answers),
        // The customer was deleted since the lookup. A new one may have the same identifier by now,
        // so the calls go back to the queue.
        Ok(None) => queue.put_back(group.into_calls()),
        Err(error) => {
            let mut calls = group.into_calls();
            if calls.is_empty() {
                calls = queue.take(waiting);
            }
            refuse(calls, &error);
        }
    }
}
