use serde::Serialize;

use crate::limits::{CONFIDENCE, INTERVAL_HALF_WIDTH};
use crate::series::float;

/// An interval that contains the true median with a probability of at least [`CONFIDENCE`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Interval {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Interval {
    /// The narrowest interval between two order statistics that reaches the confidence. `None` for
    /// fewer than six values.
    ///
    /// Each value is above the true median or below it with equal probability, for any
    /// distribution. So the number of values below the median is binomial. The interval from the
    /// `rank`-th smallest to the `rank`-th largest value misses the median with a probability of
    /// twice P(fewer than `rank` values are below it). The interval needs no normal distribution,
    /// which rounds on a shared machine don't have, and no random numbers. A bootstrap of a median
    /// is too narrow with ten values.
    pub(crate) fn of_median(values: &[f64]) -> Option<Self> {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let rank = rank(sorted.len())?;
        Some(Self {
            low: *sorted.get(rank - 1)?,
            high: *sorted.get(sorted.len() - rank)?,
        })
    }

    /// Whether the interval is narrower than ± 3 %.
    pub(crate) fn is_narrow(self) -> bool {
        self.high - self.low < 2.0 * INTERVAL_HALF_WIDTH
    }
}

/// The largest rank, starting at 1, for which the interval still reaches the confidence.
fn rank(count: usize) -> Option<usize> {
    let mut probability = 0.5_f64.powi(i32::try_from(count).ok()?);
    let mut below = 0.0;
    let mut rank = 0;
    while rank < count {
        below += probability;
        if 2.0 * below > 1.0 - CONFIDENCE {
            break;
        }
        probability *= float(count - rank) / float(rank + 1);
        rank += 1;
    }
    (rank > 0).then_some(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values 1.0, 2.0 … in an order that is not ascending.
    fn shuffled(count: usize) -> Vec<f64> {
        let mut values: Vec<f64> = (1..=count).map(float).collect();
        values.rotate_left(count / 3);
        values.reverse();
        values
    }

    fn interval(count: usize) -> Option<(f64, f64)> {
        Interval::of_median(&shuffled(count)).map(|Interval { low, high }| (low, high))
    }

    #[test]
    fn the_ends_are_those_of_the_published_table_of_ranks() {
        // The ranks of the sign test at 95 %.
        for (count, expected) in [
            (6, (1.0, 6.0)),
            (8, (1.0, 8.0)),
            (9, (2.0, 8.0)),
            (10, (2.0, 9.0)),
            (20, (6.0, 15.0)),
            (40, (14.0, 27.0)),
            (100, (40.0, 61.0)),
        ] {
            assert_eq!(interval(count), Some(expected), "{count} values");
        }
    }

    #[test]
    fn five_values_have_no_interval() {
        assert_eq!(interval(5), None);
        assert_eq!(interval(0), None);
    }

    #[test]
    fn the_largest_number_of_pairs_still_has_an_interval() {
        let count = crate::limits::PAIRS_MAX_ALLOWED;
        assert_eq!(interval(count), Some((469.0, 532.0)));
    }

    #[test]
    fn one_disturbed_pair_does_not_widen_the_interval_of_ten() {
        let mut ratios = vec![1.0; 10];
        ratios[3] = 0.4;
        let interval = Interval::of_median(&ratios).unwrap();
        assert_eq!((interval.low, interval.high), (1.0, 1.0));
    }

    #[test]
    fn narrow_means_less_than_three_percent_each_way() {
        let narrow = |low, high| Interval { low, high }.is_narrow();
        assert!(narrow(0.971, 1.029));
        assert!(!narrow(0.97, 1.03));
        assert!(narrow(0.8, 0.85));
    }
}
