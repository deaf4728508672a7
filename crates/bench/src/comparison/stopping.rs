use super::estimate::Estimate;
use crate::limits::PAIRS_MIN;

/// Whether a scenario has enough pairs: all figures are settled after at least [`PAIRS_MIN`] pairs,
/// or there are `pairs_max` pairs. Before `pairs_max`, a scenario stops only after an even number
/// of pairs. Each server then went first equally often, and drift cancels.
pub(crate) fn is_enough(estimates: &[Estimate], pairs: usize, pairs_max: usize) -> bool {
    pairs >= pairs_max
        || (pairs >= PAIRS_MIN
            && pairs.is_multiple_of(2)
            && estimates.iter().all(Estimate::is_settled))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::PAIRS_MAX;

    fn estimate(ratio: f64, spread: f64, pairs: usize) -> Estimate {
        let ratios: Vec<f64> = (0..pairs)
            .map(|pair| {
                if pair.is_multiple_of(2) {
                    ratio - spread
                } else {
                    ratio + spread
                }
            })
            .collect();
        Estimate::of(&ratios)
    }

    fn stops(spread: f64, pairs: usize) -> bool {
        is_enough(&[estimate(1.0, spread, pairs)], pairs, PAIRS_MAX)
    }

    #[test]
    fn ten_pairs_that_agree_are_enough_and_eight_are_not() {
        assert!(stops(0.001, 10));
        assert!(!stops(0.001, 8));
    }

    #[test]
    fn a_wide_interval_gets_more_pairs_up_to_the_maximum() {
        assert!(!stops(0.2, 10));
        assert!(!stops(0.2, 38));
        assert!(stops(0.2, 40));
    }

    #[test]
    fn each_server_has_gone_first_equally_often() {
        assert!(!stops(0.001, 11));
        assert!(stops(0.001, 12));
    }

    #[test]
    fn the_widest_figure_decides() {
        let estimates = [estimate(1.0, 0.001, 10), estimate(1.0, 0.2, 10)];
        assert!(!is_enough(&estimates, 10, PAIRS_MAX));
    }

    #[test]
    fn a_maximum_below_the_minimum_is_kept() {
        assert!(is_enough(&[estimate(1.0, 0.2, 2)], 2, 2));
    }
}
