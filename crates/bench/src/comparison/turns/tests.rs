use std::cell::RefCell;

use super::*;
use crate::comparison::Verdict;
use crate::limits::{PAIRS_MAX, PAIRS_MIN};
use crate::protocol::Work;
use crate::scenario_results::Unit;
use crate::series::float;

/// A server whose speed depends on the number of the turn.
struct Fake<'a> {
    name: char,
    turns: &'a RefCell<String>,
    speed: &'a dyn Fn(usize) -> f64,
}

impl Side for Fake<'_> {
    fn round(&mut self, _: &RoundRequest) -> Result<Vec<Figure>, Error> {
        let turn = self.turns.borrow().len();
        self.turns.borrow_mut().push(self.name);
        let value = (self.speed)(turn);
        Ok(vec![Figure::rate("calls", value, Unit::CallsPerSecond)])
    }
}

/// The order of turns of the servers A and B, and the figure.
fn compare(measured: &dyn Fn(usize) -> f64, baseline: &dyn Fn(usize) -> f64) -> (String, Compared) {
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
    let (mut measured, mut baseline) = (side('A', measured), side('B', baseline));
    let figures = take_turns(&mut measured, &mut baseline, &request, PAIRS_MAX, |_| {});
    (turns.take(), figures.unwrap().remove(0))
}

#[test]
fn the_order_alternates_after_a_round_of_each_that_does_not_count() {
    let (turns, figure) = compare(&|_| 1.0, &|_| 1.0);
    assert_eq!(turns, format!("AB{}", "ABBA".repeat(PAIRS_MIN / 2)));
    assert_eq!(figure.measured.len(), PAIRS_MIN);
}

#[test]
fn the_first_round_of_each_does_not_count() {
    let slow_start = |turn| if turn < 2 { 0.01 } else { 1.0 };
    let (_, figure) = compare(&slow_start, &|_| 1.0);
    let ratios: Vec<u64> = figure.ratios().into_iter().map(f64::to_bits).collect();
    assert_eq!(ratios, [1.0_f64.to_bits(); PAIRS_MIN]);
}

#[test]
fn a_machine_that_gets_steadily_slower_favors_neither() {
    let slower = |turn| 1_000.0 - 20.0 * float(turn);
    let (_, figure) = compare(&slower, &slower);
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
    let (_, figure) = compare(&noise, &|_| 1.0);
    assert_eq!(figure.measured.len(), PAIRS_MAX);
}

/// A speed whose rounds differ by about 3 % at random, so that the ratios of pairs differ by about
/// 4 %. The same seed gives the same speeds.
fn noisy(seed: u64, pace: f64) -> impl Fn(usize) -> f64 {
    move |turn| {
        let start = seed * 1_000 + turn as u64;
        let sum: f64 = (0..12).map(|part| uniform(start * 12 + part)).sum();
        pace * (1.0 + 0.03 * (sum - 6.0))
    }
}

/// A number between 0 and 1, which `SplitMix64` derives from another number.
fn uniform(number: u64) -> f64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    f64::from(u32::try_from((mixed ^ (mixed >> 31)) >> 32).unwrap()) / f64::from(u32::MAX)
}

/// How many of 200 comparisons reach this verdict when the measured server has this speed.
fn verdicts(speed: f64, verdict: Verdict) -> usize {
    let comparisons = (0..200).map(|seed| {
        let (_, figure) = compare(&noisy(seed, speed), &noisy(seed + 200, 1.0));
        figure.estimate().verdict()
    });
    comparisons.filter(|found| *found == verdict).count()
}

#[test]
fn a_binary_passes_against_itself_though_rounds_differ() {
    assert!(verdicts(1.0, Verdict::NoSlower) >= 198);
}

#[test]
fn a_binary_that_is_seven_percent_slower_never_passes_though_rounds_differ() {
    assert_eq!(verdicts(0.93, Verdict::NoSlower), 0);
    assert!(verdicts(0.93, Verdict::Slower) >= 198);
}
