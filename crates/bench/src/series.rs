use std::time::Duration;

use serde::Serialize;

/// Statistics over the values of several runs of one measurement.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Series {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) runs: usize,
}

impl Series {
    pub(crate) fn of(values: &[f64]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(at(middle.saturating_sub(1)), at(middle))
        } else {
            at(middle)
        };
        Self {
            median,
            min: at(0),
            max: at(sorted.len().saturating_sub(1)),
            runs: sorted.len(),
        }
    }
}

/// The ratio of two values in each run.
pub(crate) fn ratios(values: &[f64], others: &[f64]) -> Vec<f64> {
    values
        .iter()
        .zip(others)
        .map(|(value, other)| value / other)
        .collect()
}

/// The median: the middle value, or the mean of the two middle values.
pub(crate) fn median(values: &[f64]) -> f64 {
    Series::of(values).median
}

/// Rate per second.
pub(crate) fn rate(count: usize, time: Duration) -> f64 {
    float(count) / time.as_secs_f64()
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[expect(clippy::cast_precision_loss, reason = "counts far below 2^53")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_reports_median_minimum_and_maximum() {
        let series = Series::of(&[3.0, 1.0, 2.0]);
        assert_eq!(
            [series.min, series.median, series.max].map(f64::to_bits),
            [1.0, 2.0, 3.0].map(f64::to_bits)
        );
    }

    #[test]
    fn the_middle_of_two_lies_between_them() {
        assert_eq!(median(&[4.0, 1.0]).to_bits(), 2.5_f64.to_bits());
    }
}
