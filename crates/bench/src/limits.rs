//! The bounds of a comparison of two builds, each with its unit and reason.

/// Pairs of rounds before a comparison may end. Ten are the fewest whose interval leaves out the
/// largest and the smallest ratio, so that one disturbed pair cannot widen it.
pub(crate) const PAIRS_MIN: usize = 10;

/// Pairs of rounds after which a comparison ends, however wide the interval is: a scenario then
/// takes minutes on a quiet machine.
pub(crate) const PAIRS_MAX: usize = 40;

/// The most pairs that `--pairs-max` accepts. From 1,075 pairs on, one half to the power of the
/// pairs is no longer a number above zero, and the interval could not be computed so.
pub(crate) const PAIRS_MAX_ALLOWED: usize = 1_000;

/// The probability with which the interval contains the true median, at least.
pub(crate) const CONFIDENCE: f64 = 0.95;

/// Half of the width below which an interval is narrow enough to stop: ± 3 %.
pub(crate) const INTERVAL_HALF_WIDTH: f64 = 0.03;

/// The least median ratio that counts as no slower.
pub(crate) const MEDIAN_RATIO_MIN: f64 = 0.97;

/// The least lower end of the interval that counts as no slower.
pub(crate) const LOW_RATIO_MIN: f64 = 0.95;

/// The exit code of a comparison in which a figure is slower.
pub(crate) const EXIT_SLOWER: u8 = 3;

/// The exit code of a comparison in which no figure is slower and one is undecided.
pub(crate) const EXIT_UNDECIDED: u8 = 4;
