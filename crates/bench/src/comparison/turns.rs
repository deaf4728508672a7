use super::estimate::Estimate;
use super::pairs::{Compared, Pairs};
use super::stopping::is_enough;
use crate::Error;
use crate::protocol::{Figure, RoundRequest};

/// One of the two servers, with the driver that loads it.
pub(super) trait Side {
    /// Carries out one round and returns what it measured.
    fn round(&mut self, request: &RoundRequest) -> Result<Vec<Figure>, Error>;
}

/// Lets the two servers take turns until a scenario has enough pairs. The order alternates, A B B
/// A A B B A …, so that a machine that gets slower or faster favors neither. A round of each before
/// the first pair sets up customers and fills caches; it is not counted. `report` is called after
/// each pair.
pub(super) fn take_turns(
    measured: &mut impl Side,
    baseline: &mut impl Side,
    request: &RoundRequest,
    pairs_max: usize,
    mut report: impl FnMut(&[Compared]),
) -> Result<Vec<Compared>, Error> {
    measured.round(request)?;
    baseline.round(request)?;
    let mut pairs = Pairs::default();
    loop {
        if pairs.count().is_multiple_of(2) {
            let first = measured.round(request)?;
            pairs.add(&first, &baseline.round(request)?)?;
        } else {
            let first = baseline.round(request)?;
            pairs.add(&measured.round(request)?, &first)?;
        }
        report(pairs.figures());
        let estimates: Vec<Estimate> = pairs.figures().iter().map(Compared::estimate).collect();
        if is_enough(&estimates, pairs.count(), pairs_max) {
            return Ok(pairs.into_figures());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;
    use crate::findings::Unit;
    use crate::limits::{PAIRS_MAX, PAIRS_MIN};
    use crate::protocol::Work;
    use crate::series::float;

    /// A server whose speed is what the turn makes it.
    struct Fake<'a> {
        name: char,
        turns: &'a RefCell<String>,
        speed: fn(turn: usize) -> f64,
    }

    impl Side for Fake<'_> {
        fn round(&mut self, _: &RoundRequest) -> Result<Vec<Figure>, Error> {
            let turn = self.turns.borrow().len();
            self.turns.borrow_mut().push(self.name);
            let value = (self.speed)(turn);
            Ok(vec![Figure::rate("calls", value, Unit::CallsPerSecond)])
        }
    }

    fn turns(measured: fn(usize) -> f64, baseline: fn(usize) -> f64) -> (String, Compared) {
        let turns = RefCell::new(String::new());
        let side = |name, speed| Fake {
            name,
            turns: &turns,
            speed,
        };
        let request = RoundRequest {
            scenario: "fake".to_owned(),
            work: Work::quick(),
        };
        let mut figures = take_turns(
            &mut side('A', measured),
            &mut side('B', baseline),
            &request,
            PAIRS_MAX,
            |_| {},
        )
        .unwrap();
        (turns.take(), figures.remove(0))
    }

    #[test]
    fn the_order_alternates_after_a_round_of_each_that_does_not_count() {
        let (turns, figure) = turns(|_| 1.0, |_| 1.0);
        assert_eq!(turns, format!("AB{}", "ABBA".repeat(PAIRS_MIN / 2)));
        assert_eq!(figure.measured.len(), PAIRS_MIN);
    }

    #[test]
    fn a_machine_that_gets_steadily_slower_favors_neither() {
        let slower = |turn| 1_000.0 - 20.0 * float(turn);
        let (_, figure) = turns(slower, slower);
        let median = figure.estimate().median;
        assert!((median - 1.0).abs() < 0.005, "{median}");
    }

    #[test]
    fn pairs_that_disagree_are_added_up_to_the_maximum() {
        let noise = |turn: usize| {
            if (turn / 2).is_multiple_of(2) {
                1.0
            } else {
                2.0
            }
        };
        let (_, figure) = turns(noise, |_| 1.0);
        assert_eq!(figure.measured.len(), PAIRS_MAX);
    }
}
