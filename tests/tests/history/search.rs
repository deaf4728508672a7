use std::collections::HashSet;

use crate::history::Event;
use crate::model::Customer;

/// The most steps of a search. A history that needs more has too many concurrent calls.
const STEPS_MAX: usize = 20_000_000;

/// Searches an order of a history's events with the algorithm of Wing and Gong. The order agrees
/// with the times and the journal, and the model predicts each response. An event without a
/// response may take effect at any time after it began, or never.
///
/// # Errors
/// If there is no such order, the length of the longest valid prefix.
pub(crate) fn order(history: &[Event], begin: &Customer) -> Result<Vec<usize>, usize> {
    let mut search = Search {
        history,
        seen: HashSet::new(),
        order: Vec::new(),
        farthest: 0,
        steps: 0,
    };
    let mut taken = vec![false; history.len()];
    if search.go_on(&mut taken, begin) {
        Ok(search.order)
    } else {
        Err(search.farthest)
    }
}

struct Search<'a> {
    history: &'a [Event],
    /// Dead ends: the events already in the order, and the resulting state.
    seen: HashSet<(Vec<bool>, Customer)>,
    order: Vec<usize>,
    farthest: usize,
    steps: usize,
}

impl Search<'_> {
    fn go_on(&mut self, taken: &mut Vec<bool>, state: &Customer) -> bool {
        self.steps += 1;
        assert!(
            self.steps < STEPS_MAX,
            "the history has too many concurrent calls: the search exceeds STEPS_MAX"
        );
        self.farthest = self.farthest.max(self.order.len());
        let mut left = self.history.iter().zip(taken.iter());
        if left.all(|(event, taken)| *taken || event.answer.is_none()) {
            return true;
        }
        if !self.seen.insert((taken.clone(), state.clone())) {
            return false;
        }
        for index in 0..self.history.len() {
            if taken[index] || !self.may_be_next(index, taken) {
                continue;
            }
            let event = &self.history[index];
            let mut after = state.clone();
            let answer = after.carry_out(&event.call);
            if event
                .answer
                .as_ref()
                .is_some_and(|received| *received != answer)
            {
                continue;
            }
            // An event without a response and without an effect needs no position in the order.
            if event.answer.is_none() && after == *state {
                continue;
            }
            taken[index] = true;
            self.order.push(index);
            if self.go_on(taken, &after) {
                return true;
            }
            self.order.pop();
            taken[index] = false;
        }
        false
    }

    /// Whether no remaining event has to precede this event.
    fn may_be_next(&self, index: usize, taken: &[bool]) -> bool {
        let event = &self.history[index];
        let others = self.history.iter().zip(taken).enumerate();
        others
            .filter(|(other, (_, taken))| *other != index && !**taken)
            .all(|(_, (other, _))| {
                let journaled_before = match (other.entry, event.entry) {
                    (Some(other), Some(entry)) => other < entry,
                    _ => false,
                };
                !other.precedes(event) && !journaled_before
            })
    }
}
