use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatkeeper_domain::{RequestId, UserId};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::call::Call;

/// One customer's calls that wait to be carried out, in order of arrival.
pub(super) struct Queue {
    room: Arc<Semaphore>,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Call>,
    /// Somebody sees to it that those who wait are carried out.
    led: bool,
}

impl Queue {
    /// A queue of so many calls at most, those under way included.
    pub(super) fn new(calls_max: usize) -> Self {
        Self {
            room: Arc::new(Semaphore::new(calls_max)),
            line: Mutex::default(),
        }
    }

    /// Waits for room for one more call, first come, first served.
    pub(super) async fn room(&self) -> OwnedSemaphorePermit {
        let room = Arc::clone(&self.room).acquire_owned().await;
        room.expect("nobody closes the queue")
    }

    /// Adds a call at the end. Whether whoever adds it must see to it that somebody leads.
    pub(super) fn push(&self, call: Call) -> bool {
        let mut line = self.line();
        line.waiting.push_back(call);
        !std::mem::replace(&mut line.led, true)
    }

    /// Whether there is more for the leader to do; if not, nobody leads any more.
    pub(super) fn goes_on(&self) -> bool {
        let mut line = self.line();
        line.led = !line.waiting.is_empty();
        line.led
    }

    pub(super) fn len(&self) -> usize {
        self.line().waiting.len()
    }

    /// Takes the first calls, whatever they are.
    pub(super) fn take(&self, count: usize) -> Vec<Call> {
        let mut line = self.line();
        let count = count.min(line.waiting.len());
        line.waiting.drain(..count).collect()
    }

    /// Takes the first calls that may share a transaction. Those whose caller has hung up are
    /// dropped: nobody asks for them any more.
    pub(super) fn take_group(&self, count: usize) -> Vec<Call> {
        let mut line = self.line();
        let mut group = Gathered::default();
        while group.calls.len() < count {
            let next = line
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

    /// Puts calls back where they were taken from.
    pub(super) fn put_back(&self, calls: Vec<Call>) {
        let mut line = self.line();
        for call in calls.into_iter().rev() {
            line.waiting.push_front(call);
        }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Calls that may share a transaction.
#[derive(Default)]
struct Gathered {
    calls: Vec<Call>,
    users: HashSet<UserId>,
    request_ids: HashSet<RequestId>,
}

impl Gathered {
    /// Whether a call need not see what one of the others did, nor others what it did.
    fn has_room_for(&self, call: &Call) -> bool {
        let first = self.calls.first();
        let apart = first.is_some_and(|first| first.goes_alone() || call.goes_alone());
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
