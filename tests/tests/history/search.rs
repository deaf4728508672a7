use std::collections::HashSet;

use crate::history::Event;
use crate::model::Customer;

/// Steps of a search after which it is given up: the history is too wide to be decided.
const STEPS_MAX: usize = 20_000_000;

/// Looks for an order of a history's events, as Wing and Gong did: true to time, true to the
/// journal, and such that the model gives each answer. Events without an answer may be anywhere
/// after they began, or nowhere.
///
/// # Errors
/// The most events that could be put in order, when not all can.
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
    /// What was tried in vain: the events taken, and the state they led to.
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
            "the history is too wide to be decided"
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
            // Without an answer and without an effect: it need not be anywhere.
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

    /// Whether nothing that is left has to come before it.
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
