use serde::Serialize;

use crate::series::{Series, median};

/// The results of one scenario.
#[derive(Debug, Default)]
pub(crate) struct ScenarioResults {
    pub(crate) measurements: Vec<Measurement>,
    pub(crate) figures: Vec<Figure>,
}

/// The values of one measured case, one value per run.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Measurement {
    /// The name of the case.
    pub(crate) case: String,
    /// Number of users in the case; 0 where it does not matter.
    pub(crate) users: usize,
    pub(crate) unit: Unit,
    #[serde(flatten)]
    pub(crate) series: Series,
}

/// A figure with its target.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: Unit,
    pub(crate) target: Target,
    pub(crate) met: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Unit {
    #[serde(rename = "users/s")]
    UsersPerSecond,
    #[serde(rename = "calls/s")]
    CallsPerSecond,
    #[serde(rename = "batches/s")]
    BatchesPerSecond,
    #[serde(rename = "ms")]
    Millis,
    #[serde(rename = "µs/user")]
    MicrosPerUser,
    #[serde(rename = "ns")]
    Nanos,
    #[serde(rename = "MiB")]
    Mebibytes,
    #[serde(rename = "KiB")]
    Kibibytes,
    #[serde(rename = "s/min")]
    SecondsPerMinute,
    #[serde(rename = "transactions/s")]
    TransactionsPerSecond,
    #[serde(rename = "×")]
    Times,
}

impl Unit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UsersPerSecond => "users/s",
            Self::CallsPerSecond => "calls/s",
            Self::BatchesPerSecond => "batches/s",
            Self::Millis => "ms",
            Self::MicrosPerUser => "µs/user",
            Self::Nanos => "ns",
            Self::Mebibytes => "MiB",
            Self::Kibibytes => "KiB",
            Self::SecondsPerMinute => "s/min",
            Self::TransactionsPerSecond => "transactions/s",
            Self::Times => "×",
        }
    }
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Target {
    AtLeast(f64),
    AtMost(f64),
}

impl Target {
    fn is_met_by(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

impl ScenarioResults {
    /// Adds a measurement with the values of its runs.
    pub(crate) fn measure(
        &mut self,
        case: impl Into<String>,
        users: usize,
        unit: Unit,
        runs: &[f64],
    ) {
        self.measurements.push(Measurement {
            case: case.into(),
            users,
            unit,
            series: Series::of(runs),
        });
    }

    /// Adds a figure. Its value is the median of the runs.
    pub(crate) fn figure(
        &mut self,
        name: impl Into<String>,
        unit: Unit,
        runs: &[f64],
        target: Target,
    ) {
        let value = median(runs);
        self.figures.push(Figure {
            name: name.into(),
            value,
            unit,
            target,
            met: target.is_met_by(value),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_at_its_bound() {
        let mut results = ScenarioResults::default();
        results.figure("a", Unit::Times, &[0.3], Target::AtLeast(0.3));
        results.figure("b", Unit::Millis, &[50.1], Target::AtMost(50.0));
        let met = results.figures.iter().map(|figure| figure.met);
        assert!(met.eq([true, false]));
    }
}
