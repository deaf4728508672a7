//! The results: as tables, as JSON, and as a plot.

mod comparison;
mod json;
mod plot;
mod table;

use crate::plan::Plan;
use crate::scenario_results::ScenarioResults;

pub(crate) use comparison::{print_comparisons, write_comparisons};
pub(crate) use json::write_json;
pub(crate) use plot::write_plot;
pub(crate) use table::{list, number, print};

/// All results of one run of this program.
pub(crate) struct Results {
    pub(crate) sizes: Vec<usize>,
    pub(crate) runs: usize,
    /// Cores that server, client and database share.
    pub(crate) cores: usize,
    pub(crate) found: Vec<Found>,
    pub(crate) failures: Vec<Failure>,
}

/// The results of a scenario on a database.
pub(crate) struct Found {
    pub(crate) scenario: &'static str,
    pub(crate) database: &'static str,
    pub(crate) results: ScenarioResults,
}

/// A scenario that could not be measured.
pub(crate) struct Failure {
    pub(crate) scenario: &'static str,
    pub(crate) database: &'static str,
    pub(crate) error: String,
}

impl Results {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self {
            sizes: plan.sizes.clone(),
            runs: plan.runs,
            cores: cores(),
            found: Vec::new(),
            failures: Vec::new(),
        }
    }
}

/// Cores that server, client and database share.
fn cores() -> usize {
    std::thread::available_parallelism().map_or(0, usize::from)
}
