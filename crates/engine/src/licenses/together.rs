//! Calls for single users, carried out together.
//!
//! Each customer's calls stand in a line. Whoever joins it while nobody leads has a leader started:
//! a task that takes the customer's lock, then takes all calls that wait by then, and carries them
//! out in one transaction, a few statements for all. Whoever arrives meanwhile is in the next
//! transaction. Nobody waits for others to come, and the lock is let go of between two
//! transactions, so that chunks of batches and other changes get their turn.

mod call;
mod case;
mod group;
mod queue;

use std::sync::Arc;

use seatkeeper_domain::{CustomerId, JournalSequence, LicenseChanges};

use self::call::{Call, refuse};
use self::group::Group;
use self::queue::Queue;
use super::UpdateUserLicenses;
use crate::engine::Shared;
use crate::transact::carry_out;
use crate::while_used::WhileUsed;
use crate::{EngineError, EngineResult, Resource};

/// What a call came to, and the entry that holds it.
type Answer = (LicenseChanges, Option<JournalSequence>);

/// The queues of calls, one a customer, each kept as long as somebody is in it.
#[derive(Default)]
pub(crate) struct Together {
    queues: WhileUsed<CustomerId, Queue>,
}

impl Shared {
    /// Carries out a call in one transaction with those that wait beside it. The caller may hang
    /// up: a call that has begun is carried out, one that has not is left out.
    pub(super) async fn update_together(
        self: &Arc<Self>,
        update: UpdateUserLicenses,
    ) -> EngineResult<Answer> {
        let customer = update.customer.clone();
        let calls_max = self.limits.calls_waiting_max;
        let queues = &self.together.queues;
        let queue = queues.get_or(&customer, || Queue::new(calls_max));
        let (call, answer) = Call::new(update, queue.room().await);
        if queue.push(call) {
            tokio::spawn(lead(Arc::clone(self), customer, queue));
        }
        answer.await.unwrap_or(Err(EngineError::TaskLost))
    }
}

/// Carries out what waits, group by group, until nobody does.
async fn lead(shared: Arc<Shared>, customer: CustomerId, queue: Arc<Queue>) {
    while queue.goes_on() {
        let group = next_group(Arc::clone(&shared), customer.clone(), Arc::clone(&queue));
        // In a task of its own: whatever goes wrong there, those who wait are not left waiting.
        if tokio::spawn(group).await.is_err() {
            refuse(queue.take(usize::MAX), &EngineError::TaskLost);
        }
    }
}

/// Carries out one group, and tells each caller what came of it once that is committed.
async fn next_group(shared: Arc<Shared>, customer: CustomerId, queue: Arc<Queue>) {
    // What is found out about the customer now holds for those who have asked by now.
    let waiting = queue.len();
    let customer = match shared.store.customer(&customer).await {
        Ok(Some(found)) => found.key,
        Ok(None) => {
            let missing = EngineError::NotFound(Resource::customer(&customer));
            return refuse(queue.take(waiting), &missing);
        }
        Err(error) => return refuse(queue.take(waiting), &error.into()),
    };
    let mut group = Group::new(Arc::clone(&shared), Arc::clone(&queue));
    let done = carry_out(&shared, customer, &mut group).await;
    shared.bells.ring(customer);
    match done {
        Ok(Some(answers)) => group.tell(answers),
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
