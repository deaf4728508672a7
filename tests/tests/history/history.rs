use std::time::Duration;

use crate::model::{Answer, Call};

/// One call with what became of it.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) call: Call,
    /// When it was made, since the history began.
    pub(crate) begun: Duration,
    /// When it was answered; `None` when nobody knows whether it was carried out.
    pub(crate) ended: Option<Duration>,
    /// The answer; `None` when there was none.
    pub(crate) answer: Option<Answer>,
    /// The journal entry that holds it, where the answer named one.
    pub(crate) entry: Option<i64>,
}

impl Event {
    /// Whether it was over before the other began.
    pub(crate) fn precedes(&self, other: &Self) -> bool {
        self.ended.is_some_and(|ended| ended < other.begun)
    }
}

/// The first two events whose positions in the journal contradict time: the one that was over before
/// the other began has the later entry.
pub(crate) fn out_of_order(history: &[Event]) -> Option<(&Event, &Event)> {
    let journaled = || history.iter().filter(|event| event.entry.is_some());
    journaled().find_map(|earlier| {
        let later =
            journaled().find(|later| earlier.precedes(later) && later.entry <= earlier.entry);
        later.map(|later| (earlier, later))
    })
}
