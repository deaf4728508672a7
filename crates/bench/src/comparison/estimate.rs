use serde::Serialize;

use super::interval::Interval;
use super::verdict::Verdict;
use crate::limits::{LOW_RATIO_MIN, MEDIAN_RATIO_MIN};
use crate::series::median;

/// The median ratio of one figure over all pairs, with its confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Estimate {
    pub(crate) pairs: usize,
    /// A median above 1 means that the measured server is faster.
    pub(crate) median: f64,
    /// `None` when there are too few pairs for an interval.
    pub(crate) interval: Option<Interval>,
}

impl Estimate {
    pub(crate) fn of(ratios: &[f64]) -> Self {
        Self {
            pairs: ratios.len(),
            median: median(ratios),
            interval: Interval::of_median(ratios),
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let Some(interval) = self.interval else {
            return Verdict::Undecided;
        };
        if self.median >= MEDIAN_RATIO_MIN && interval.low >= LOW_RATIO_MIN {
            Verdict::NoSlower
        } else if interval.high < 1.0 || interval.is_narrow() {
            Verdict::Slower
        } else {
            Verdict::Undecided
        }
    }

    /// Whether more pairs are not worth their time. The interval is narrow, and the verdict is
    /// either good, or so bad that the interval excludes a median that is no slower. Noise between
    /// equal servers sometimes produces other narrow intervals, so these get more pairs.
    pub(crate) fn is_settled(&self) -> bool {
        self.interval.is_some_and(|interval| {
            let is_far_off = interval.high < MEDIAN_RATIO_MIN;
            interval.is_narrow() && (self.verdict() == Verdict::NoSlower || is_far_off)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(median: f64, low: f64, high: f64) -> Estimate {
        Estimate {
            pairs: 10,
            median,
            interval: Some(Interval { low, high }),
        }
    }

    #[test]
    fn no_slower_means_both_bounds_are_kept() {
        assert_eq!(
            estimate(0.97, 0.95, 1.02).verdict(),
            Verdict::NoSlower,
            "at both bounds"
        );
        assert_eq!(estimate(0.969, 0.955, 0.99).verdict(), Verdict::Slower);
        assert_eq!(estimate(0.98, 0.949, 1.0).verdict(), Verdict::Slower);
    }

    #[test]
    fn a_wide_interval_above_the_lower_bound_is_no_slower() {
        assert_eq!(estimate(1.04, 0.96, 1.2).verdict(), Verdict::NoSlower);
    }

    #[test]
    fn a_wide_interval_that_includes_equality_is_undecided() {
        assert_eq!(estimate(0.96, 0.8, 1.1).verdict(), Verdict::Undecided);
    }

    #[test]
    fn a_wide_interval_below_equality_is_slower() {
        assert_eq!(estimate(0.8, 0.7, 0.9).verdict(), Verdict::Slower);
    }

    #[test]
    fn too_few_pairs_are_undecided() {
        let estimate = Estimate::of(&[1.0; 5]);
        assert_eq!(estimate.verdict(), Verdict::Undecided);
        assert!(!estimate.is_settled());
    }

    #[test]
    fn a_narrow_interval_is_settled_when_its_verdict_is_plain() {
        assert!(estimate(1.0, 0.98, 1.02).is_settled());
        assert!(estimate(0.9, 0.88, 0.93).is_settled());
        assert!(
            !estimate(0.965, 0.945, 0.975).is_settled(),
            "noise can produce this interval"
        );
        assert!(
            !estimate(1.1, 1.0, 1.2).is_settled(),
            "the interval is wide"
        );
    }
}
