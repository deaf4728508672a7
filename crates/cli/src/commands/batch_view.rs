//! Shows a batch on the screen: results as they arrive, a progress bar, and the confirmation.

mod json_event;
mod names;
mod result_line;
mod sample;
mod summary;
mod watch;

pub(super) use json_event::result_json;
pub(super) use names::{outcome_name, parse_violation, state_name, violation_name};
pub(super) use result_line::{describe, without_guids};
pub(super) use sample::Show;
pub(super) use summary::print_summary;
pub(super) use watch::{View, watch};
