use serde::Serialize;

use super::estimate::Estimate;
use crate::Error;
use crate::protocol::{Better, Figure};

/// The values of one figure over all pairs of rounds of a scenario.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Compared {
    pub(crate) figure: String,
    pub(crate) unit: String,
    better: Better,
    /// The measured server's value of each pair.
    pub(crate) measured: Vec<f64>,
    /// The baseline's value of each pair.
    pub(crate) baseline: Vec<f64>,
}

impl Compared {
    /// The ratio of each pair; above 1 the measured server was faster.
    pub(crate) fn ratios(&self) -> Vec<f64> {
        let pairs = self.measured.iter().zip(&self.baseline);
        pairs
            .map(|(measured, baseline)| match self.better {
                Better::Higher => measured / baseline,
                Better::Lower => baseline / measured,
            })
            .collect()
    }

    pub(crate) fn estimate(&self) -> Estimate {
        Estimate::of(&self.ratios())
    }

    fn begin(figure: &Figure) -> Self {
        Self {
            figure: figure.name.clone(),
            unit: figure.unit.clone(),
            better: figure.better,
            measured: Vec::new(),
            baseline: Vec::new(),
        }
    }

    fn is_same_as(&self, figure: &Figure) -> bool {
        self.figure == figure.name && self.unit == figure.unit && self.better == figure.better
    }
}

/// The figures of one scenario, pair by pair.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    figures: Vec<Compared>,
    count: usize,
}

impl Pairs {
    /// Adds one round of each server. Both must have measured the same figures as earlier pairs,
    /// in the same order, and every value must be a number above zero.
    pub(super) fn add(&mut self, measured: &[Figure], baseline: &[Figure]) -> Result<(), Error> {
        if self.count == 0 {
            self.figures = measured.iter().map(Compared::begin).collect();
        }
        self.check("measured", measured)?;
        self.check("baseline", baseline)?;
        for (compared, (measured, baseline)) in
            self.figures.iter_mut().zip(measured.iter().zip(baseline))
        {
            compared.measured.push(measured.value);
            compared.baseline.push(baseline.value);
        }
        self.count += 1;
        Ok(())
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn figures(&self) -> &[Compared] {
        &self.figures
    }

    pub(super) fn into_figures(self) -> Vec<Compared> {
        self.figures
    }

    fn check(&self, server: &str, figures: &[Figure]) -> Result<(), Error> {
        let known = self.figures.iter();
        let same = figures.len() == self.figures.len()
            && known
                .zip(figures)
                .all(|(known, figure)| known.is_same_as(figure));
        if !same || figures.is_empty() {
            let known: Vec<&str> = self.figures.iter().map(|known| &*known.figure).collect();
            let names: Vec<&str> = figures.iter().map(|figure| &*figure.name).collect();
            return Err(format!(
                "the driver of the {server} server measured other figures: {names:?}, not {known:?}"
            )
            .into());
        }
        let wrong = figures
            .iter()
            .find(|figure| !(figure.value.is_finite() && figure.value > 0.0));
        match wrong {
            Some(Figure { name, value, .. }) => {
                Err(format!("{name} of the {server} server is {value}, not above zero").into())
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario_results::Unit;

    fn rate(value: f64) -> Figure {
        Figure::rate("calls", value, Unit::CallsPerSecond)
    }

    fn latency(value: f64) -> Figure {
        Figure {
            better: Better::Lower,
            ..Figure::rate("p50", value, Unit::Millis)
        }
    }

    #[test]
    fn a_ratio_above_one_means_faster_by_rate_and_by_latency() {
        let mut pairs = Pairs::default();
        pairs
            .add(&[rate(30.0), latency(4.0)], &[rate(20.0), latency(6.0)])
            .unwrap();
        for figure in pairs.into_figures() {
            let ratios: Vec<u64> = figure.ratios().into_iter().map(f64::to_bits).collect();
            assert_eq!(ratios, [1.5_f64.to_bits()]);
        }
    }

    #[test]
    fn servers_that_measured_different_figures_are_not_compared() {
        let mut pairs = Pairs::default();
        let error = pairs.add(&[rate(1.0)], &[latency(1.0)]).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("baseline server"), "{message}");
        assert!(Pairs::default().add(&[], &[]).is_err());
    }

    #[test]
    fn a_value_of_zero_is_an_error() {
        let error = Pairs::default()
            .add(&[rate(1.0)], &[rate(0.0)])
            .unwrap_err();
        assert!(error.to_string().contains("is 0"), "{error}");
        assert!(
            Pairs::default()
                .add(&[rate(f64::NAN)], &[rate(1.0)])
                .is_err()
        );
    }
}
