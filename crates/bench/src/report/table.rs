use std::io::Write as _;

use comfy_table::{Table, presets};

use super::Results;
use crate::Error;
use crate::rounds::is_compared;
use crate::scenario::Scenario;
use crate::scenario_results::Target;

/// Prints the table of scenarios.
pub(crate) fn list(scenarios: &[Scenario]) -> Result<(), Error> {
    let mut table = markdown(&["scenario", "measures", "target", "compared"]);
    for scenario in scenarios {
        let compared = if is_compared(scenario.name) {
            "yes"
        } else {
            ""
        };
        table.add_row([scenario.name, scenario.measures, scenario.target, compared]);
    }
    Ok(writeln!(std::io::stdout().lock(), "{table}")?)
}

/// Prints figures and measurements as Markdown tables, ready for the documentation.
pub(crate) fn print(results: &Results) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}\n\n{}", figures(results), measurements(results))?;
    for failure in &results.failures {
        let (scenario, database) = (failure.scenario, failure.database);
        writeln!(
            out,
            "\nnot measured: {scenario} on {database}: {}",
            failure.error
        )?;
    }
    Ok(())
}

fn figures(results: &Results) -> Table {
    let mut table = markdown(&["database", "figure", "measured", "target", "met"]);
    for found in &results.found {
        for figure in &found.results.figures {
            let unit = figure.unit.name();
            let target = match figure.target {
                Target::AtLeast(least) => format!("≥ {} {unit}", number(least)),
                Target::AtMost(most) => format!("≤ {} {unit}", number(most)),
            };
            table.add_row([
                found.database.to_owned(),
                figure.name.clone(),
                format!("{} {unit}", number(figure.value)),
                target,
                if figure.met { "yes" } else { "no" }.to_owned(),
            ]);
        }
    }
    table
}

fn measurements(results: &Results) -> Table {
    let mut table = markdown(&[
        "database", "scenario", "case", "users", "median", "least", "most", "unit",
    ]);
    for found in &results.found {
        for measured in &found.results.measurements {
            table.add_row([
                found.database.to_owned(),
                found.scenario.to_owned(),
                measured.case.clone(),
                grouped(&measured.users.to_string()),
                number(measured.series.median),
                number(measured.series.min),
                number(measured.series.max),
                measured.unit.name().to_owned(),
            ]);
        }
    }
    table
}

pub(super) fn markdown(header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(presets::ASCII_MARKDOWN)
        .set_header(header.iter().copied());
    table
}

/// A number with three significant digits, or with all digits before the decimal point.
pub(crate) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        value if value < 10.0 => 2,
        value if value < 100.0 => 1,
        _ => 0,
    };
    grouped(&format!("{value:.decimals$}"))
}

/// Groups the digits by three.
fn grouped(number: &str) -> String {
    let (whole, rest) = number.split_at(number.find('.').unwrap_or(number.len()));
    let mut text = String::new();
    for (index, digit) in whole.char_indices() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_with_separators() {
        assert_eq!(number(1_234_567.4), "1,234,567");
        assert_eq!(number(12.345), "12.3");
        assert_eq!(number(0.304), "0.30");
    }
}
