//! Bounds of a comparison of two builds, each with its unit and reason.

/// The fewest pairs of rounds in a comparison. Ten is the smallest number whose interval excludes
/// the largest and the smallest ratio, so that one disturbed pair can't widen the interval.
pub(crate) const PAIRS_MIN: usize = 10;

/// The most pairs of rounds in a comparison, even if the interval is still wide. A scenario then
/// takes minutes on a quiet machine.
pub(crate) const PAIRS_MAX: usize = 40;

/// The most pairs that `--pairs-max` accepts. From 1,075 pairs on, 0.5 to the power of the pairs is
/// zero in floating point, and the interval can't be computed that way.
pub(crate) const PAIRS_MAX_ALLOWED: usize = 1_000;

/// The smallest probability that the interval contains the true median.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// Half of the width below which an interval is narrow enough to stop: ± 3 %.
pub(crate) const INTERVAL_HALF_WIDTH: f64 = 0.03;

/// The smallest median ratio that counts as no slower.
pub(crate) const MEDIAN_RATIO_MIN: f64 = 0.97;

/// The smallest lower end of the interval that counts as no slower.
pub(crate) const LOW_RATIO_MIN: f64 = 0.95;

/// The exit code of a comparison with a slower figure.
pub(crate) const EXIT_SLOWER: u8 = 3;

/// The exit code of a comparison with an undecided figure and no slower one.
pub(crate) const EXIT_UNDECIDED: u8 = 4;
