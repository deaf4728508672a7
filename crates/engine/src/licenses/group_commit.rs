//! Group commit of calls for single users.
//!
//! Each customer's calls stand in a queue. A call that joins it while there is no leader starts one:
//! a task that takes the customer's lock, then takes all calls that wait by then, and carries them
//! out in one transaction, a few statements for all. Whoever arrives meanwhile is in the next
//! transaction. Nobody waits for others to come, and the lock is let go of between two
//! transactions, so that chunks of batches and other changes get their turn.

mod call;
mod group;
mod pending;
mod queue;

use std::sync::Arc;

use seatkeeper_domain::{CustomerId, JournalSequence, LicenseChanges};

use self::call::{Call, refuse};
use self::group::Group;
use self::queue::Queue;
use super::UpdateUserLicenses;
use crate::engine::Core;
use crate::transaction::run_with_retry;
use crate::weak_map::WeakMap;
use crate::{EngineError, EngineResult, Resource};

/// What a call came to, and the entry that holds it.
type Answer = (LicenseChanges, Option<JournalSequence>);

/// The queues of calls, one a customer, each kept as long as somebody is in it.
#[derive(Default)]
pub(crate) struct GroupCommit {
    queues: WeakMap<CustomerId, Queue>,
}

impl Core {
    /// Carries out a call in one transaction with those that wait beside it. The caller may hang
    /// up: a call that has begun is carried out, one that has not is left out.
    pub(super) async fn submit_update(
        self: &Arc<Self>,
        update: UpdateUserLicenses,
    ) -> EngineResult<Answer> {
        let customer = update.customer.clone();
        let calls_max = self.limits.calls_waiting_max;
        let queues = &self.group_commit.queues;
        let queue = queues.get_or(&customer, || Queue::new(calls_max));
        let (call, answer) = Call::new(update, queue.room().await);
        if queue.push(call) {
            tokio::spawn(run_leader(Arc::clone(self), customer, queue));
        }
        answer.await.unwrap_or(Err(EngineError::TaskLost))
    }
}

/// Carries out what waits, group by group, until nobody does.
async fn run_leader(core: Arc<Core>, customer: CustomerId, queue: Arc<Queue>) {
    while queue.continue_or_release() {
        let group = commit_next_group(Arc::clone(&core), customer.clone(), Arc::clone(&queue));
        // In a task of its own: whatever goes wrong there, those who wait are not left waiting.
        if tokio::spawn(group).await.is_err() {
            refuse(queue.take(usize::MAX), &EngineError::TaskLost);
        }
    }
}

/// Carries out one group, and tells each caller what came of it once that is committed.
async fn commit_next_group(core: Arc<Core>, customer: CustomerId, queue: Arc<Queue>) {
    // What is found out about the customer now holds for those who have asked by now.
    let waiting = queue.len();
    let customer = match core.store.customer(&customer).await {
        Ok(Some(found)) => found.key,
        Ok(None) => {
            let missing = EngineError::NotFound(Resource::customer(&customer));
            return refuse(queue.take(waiting), &missing);
        }
        Err(error) => return refuse(queue.take(waiting), &error.into()),
    };
    let mut group = Group::new(Arc::clone(&core), Arc::clone(&queue));
    let done = run_with_retry(&core, customer, &mut group).await;
    core.journal_notifier.notify(customer);
    match done {
        Ok(Some(answers)) => group.reply(answers),
        // The customer was deleted since. There may be another one of that name by now.
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
