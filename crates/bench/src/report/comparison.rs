use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde::Serialize;

use super::table::{markdown, number};
use crate::Error;
use crate::comparison::{Compared, Comparisons, Estimate, Verdict};
use crate::series::median;

/// Prints the comparison of two builds as a Markdown table.
pub(crate) fn print_comparisons(comparisons: &Comparisons) -> Result<(), Error> {
    let mut table = markdown(&[
        "database",
        "scenario",
        "figure",
        "unit",
        "baseline",
        "measured",
        "pairs",
        "ratio",
        "95 % interval",
        "verdict",
    ]);
    for (database, scenario, figure) in figures(comparisons) {
        let estimate = figure.estimate();
        let interval = estimate.interval.map_or_else(
            || "too few pairs".to_owned(),
            |interval| format!("{:.3} to {:.3}", interval.low, interval.high),
        );
        table.add_row([
            database.to_owned(),
            scenario.to_owned(),
            figure.figure.clone(),
            figure.unit.clone(),
            number(median(&figure.baseline)),
            number(median(&figure.measured)),
            estimate.pairs.to_string(),
            format!("{:.3}", estimate.median),
            interval,
            estimate.verdict().name().to_owned(),
        ]);
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "{table}")?;
    for failure in &comparisons.failures {
        writeln!(out, "\nnot measured: {failure}")?;
    }
    Ok(())
}

#[derive(Serialize)]
struct Document<'a> {
    cores: usize,
    figures: Vec<Entry<'a>>,
    not_measured: &'a [String],
}

#[derive(Serialize)]
struct Entry<'a> {
    database: &'static str,
    scenario: &'static str,
    #[serde(flatten)]
    figure: &'a Compared,
    #[serde(flatten)]
    estimate: Estimate,
    verdict: Verdict,
}

/// Writes every pair of every figure as one JSON document.
pub(crate) fn write_comparisons(path: &Path, comparisons: &Comparisons) -> Result<(), Error> {
    let entries = figures(comparisons).map(|(database, scenario, figure)| {
        let estimate = figure.estimate();
        Entry {
            database,
            scenario,
            figure,
            estimate,
            verdict: estimate.verdict(),
        }
    });
    let document = Document {
        cores: super::cores(),
        figures: entries.collect(),
        not_measured: &comparisons.failures,
    };
    let mut file = BufWriter::new(File::create(path)?);
    serde_json::to_writer_pretty(&mut file, &document)?;
    writeln!(file)?;
    Ok(file.flush()?)
}

/// All figures, each with its database and its scenario.
fn figures(
    comparisons: &Comparisons,
) -> impl Iterator<Item = (&'static str, &'static str, &Compared)> {
    comparisons.done.iter().flat_map(|comparison| {
        let figures = comparison.figures.iter();
        figures.map(|figure| (comparison.database, comparison.scenario, figure))
    })
}
