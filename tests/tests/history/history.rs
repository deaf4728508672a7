use std::time::Duration;

use crate::model::{Answer, Call};

/// A call with its times and its response.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) call: Call,
    /// Time of the call, since the start of the history.
    pub(crate) begun: Duration,
    /// Time of the response; `None` when the caller does not know whether the call took effect.
    pub(crate) ended: Option<Duration>,
    /// The response; `None` when the call failed or timed out.
    pub(crate) answer: Option<Answer>,
    /// The journal entry of the call, if the response names one.
    pub(crate) entry: Option<i64>,
}

impl Event {
    /// Whether this call ended before the other began.
    pub(crate) fn precedes(&self, other: &Self) -> bool {
        self.ended.is_some_and(|ended| ended < other.begun)
    }
}

/// The first two events whose journal order contradicts their times: one ended before the other
/// began, but has the later entry.
pub(crate) fn out_of_order(history: &[Event]) -> Option<(&Event, &Event)> {
    let journaled = || history.iter().filter(|event| event.entry.is_some());
    journaled().find_map(|earlier| {
        let later =
            journaled().find(|later| earlier.precedes(later) && later.entry <= earlier.entry);
        later.map(|later| (earlier, later))
    })
}
