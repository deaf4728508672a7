use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatkeeper_domain::{CustomerId, RequestId, UserId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::call::Call;
use crate::weak_map::WeakMap;

/// The queues of calls, one for each customer. A queue lives while it has a call or a leader.
#[derive(Default)]
pub(crate) struct GroupCommit {
    queues: WeakMap<CustomerId, Queue>,
}

impl GroupCommit {
    /// The queue of a customer, of at most `calls_max` calls; created when there is none.
    pub(super) fn queue(&self, customer: &CustomerId, calls_max: usize) -> Arc<Queue> {
        self.queues.get_or(customer, || Queue::new(calls_max))
    }
}

/// The calls for one customer that wait for a transaction, in order of arrival.
pub(super) struct Queue {
    room: Arc<Semaphore>,
    state: Mutex<QueueState>,
}

#[derive(Default)]
struct QueueState {
    waiting: VecDeque<Call>,
    /// Whether a leader task commits the waiting calls.
    has_leader: bool,
}

impl Queue {
    /// A queue of at most `calls_max` calls, including the running ones.
    pub(super) fn new(calls_max: usize) -> Self {
        Self {
            room: Arc::new(Semaphore::new(calls_max)),
            state: Mutex::default(),
        }
    }

    /// Waits for room for one more call, first come, first served.
    pub(super) async fn room(&self) -> OwnedSemaphorePermit {
        let room = Arc::clone(&self.room).acquire_owned().await;
        room.expect("the semaphore is never closed")
    }

    /// Appends a call; returns true if the caller must spawn the leader.
    pub(super) fn push(&self, call: Call) -> bool {
        let mut state = self.state();
        state.waiting.push_back(call);
        !std::mem::replace(&mut state.has_leader, true)
    }

    /// Whether the leader has more calls to commit. If not, the leader is released and must end.
    pub(super) fn continue_or_release(&self) -> bool {
        let mut state = self.state();
        state.has_leader = !state.waiting.is_empty();
        state.has_leader
    }

    /// Releases a leader that can't continue, and takes all calls.
    pub(super) fn abandon(&self) -> Vec<Call> {
        let mut state = self.state();
        state.has_leader = false;
        state.waiting.drain(..).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.state().waiting.len()
    }

    /// Takes the first `count` calls, even if they can't share a transaction.
    pub(super) fn take(&self, count: usize) -> Vec<Call> {
        let mut state = self.state();
        let count = count.min(state.waiting.len());
        state.waiting.drain(..count).collect()
    }

    /// Takes the first calls that can share a transaction. Calls of disconnected callers are
    /// dropped.
    pub(super) fn take_group(&self, count: usize) -> Vec<Call> {
        let mut state = self.state();
        let mut group = GroupBuilder::default();
        while group.calls.len() < count {
            let next = state
                .waiting
                .pop_front_if(|next| next.is_abandoned() || group.has_room_for(next));
            match next {
                Some(abandoned) if abandoned.is_abandoned() => {}
                Some(call) => group.admit(call),
                None => break,
            }
        }
        group.calls
    }

    /// Puts calls back at the head of the queue, in order.
    pub(super) fn put_back(&self, calls: Vec<Call>) {
        let mut state = self.state();
        for call in calls.into_iter().rev() {
            state.waiting.push_front(call);
        }
    }

    fn state(&self) -> MutexGuard<'_, QueueState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls that can share a transaction.
#[derive(Default)]
struct GroupBuilder {
    calls: Vec<Call>,
    users: HashSet<UserId>,
    request_ids: HashSet<RequestId>,
}

impl GroupBuilder {
    /// Whether the call is independent of the calls in the group: neither needs the other's
    /// changes.
    fn has_room_for(&self, call: &Call) -> bool {
        let first = self.calls.first();
        let apart = first.is_some_and(|first| first.is_exclusive() || call.is_exclusive());
        let request_id = call.update.request_id.as_ref();
        let known = self.users.contains(&call.update.user)
            || request_id.is_some_and(|id| self.request_ids.contains(id));
        !apart && !known
    }

    fn admit(&mut self, call: Call) {
        self.users.insert(call.update.user.clone());
        self.request_ids.extend(call.update.request_id.clone());
        self.calls.push(call);
    }
}

#[cfg(test)]
mod tests;
