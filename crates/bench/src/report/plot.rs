use std::collections::BTreeMap;
use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::Results;
use crate::Error;
use crate::scenario_results::Unit;
use crate::series::float;

const SIZE: (u32, u32) = (1_200, 520);
/// The scenario that is plotted.
const SCENARIO: &str = "throughput";

/// Points of users and users per second, by case.
type Lines<'a> = BTreeMap<&'a str, Vec<(f64, f64)>>;

/// Draws users per second by batch size, with a panel for each database.
pub(crate) fn write_plot(path: &Path, results: &Results) -> Result<(), Error> {
    let panels: Vec<(&str, Lines<'_>)> = results
        .found
        .iter()
        .filter(|found| found.scenario == SCENARIO)
        .map(|found| (found.database, lines(&found.results)))
        .collect();
    if panels.is_empty() {
        return Err("nothing to plot: the scenario throughput was not run".into());
    }
    let root = SVGBackend::new(path, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, (database, lines)) in root.split_evenly((1, panels.len())).iter().zip(&panels) {
        draw(area, database, lines)?;
    }
    root.present()?;
    Ok(())
}

fn lines(results: &crate::scenario_results::ScenarioResults) -> Lines<'_> {
    let mut lines = Lines::new();
    for measured in &results.measurements {
        if measured.unit == Unit::UsersPerSecond {
            let point = (float(measured.users), measured.series.median);
            lines.entry(&*measured.case).or_default().push(point);
        }
    }
    lines
}

fn draw(
    area: &DrawingArea<SVGBackend<'_>, Shift>,
    database: &str,
    lines: &Lines<'_>,
) -> Result<(), Error> {
    let points = || lines.values().flatten();
    let least = points().map(|&(users, _)| users).fold(f64::MAX, f64::min);
    let most = points().map(|&(users, _)| users).fold(1.0, f64::max);
    let fastest = points().map(|&(_, rate)| rate).fold(1.0, f64::max);
    let mut chart = ChartBuilder::on(area)
        .caption(format!("{database}: users per second"), ("sans-serif", 20))
        .margin(12)
        .x_label_area_size(36)
        .y_label_area_size(84)
        .build_cartesian_2d((least..most).log_scale(), 0.0..fastest * 1.05)?;
    chart
        .configure_mesh()
        .x_desc("users per batch")
        .x_label_formatter(&|users| format!("{users:.0}"))
        .y_label_formatter(&|rate| format!("{rate:.0}"))
        .draw()?;
    for (index, (case, points)) in lines.iter().enumerate() {
        let color = Palette99::pick(index).to_rgba();
        // The raw database gets a thicker line: it is the reference for all other cases.
        let style = color.stroke_width(if case.starts_with("raw database") {
            3
        } else {
            1
        });
        chart
            .draw_series(LineSeries::new(points.iter().copied(), style).point_size(3))?
            .label(*case)
            .legend(move |(x, y)| PathElement::new(vec![(x, y), (x + 16, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.85))
        .label_font(("sans-serif", 12))
        .draw()?;
    Ok(())
}
