use clap::{Args, ValueEnum};
use seatkeeper_proto::v1::{BatchMode, ShortagePolicy};

use crate::commands::batch_view::Show;
use crate::identifier;

/// How a batch runs and how its results are shown.
#[derive(Debug, Args)]
#[command(next_help_heading = "How")]
pub(in crate::commands) struct BatchOptions {
    /// How a failure affects the other changes.
    #[arg(long, value_enum, default_value_t = Mode::PerUser)]
    pub(super) mode: Mode,

    /// What to do when there are too few seats.
    #[arg(long, value_enum, default_value_t = Shortage::AssignUntilExhausted)]
    pub(super) shortage: Shortage,

    /// Decide and show results as usual, but write nothing.
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Idempotency key: a repeated command with the same key joins the existing batch.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    pub(super) request_id: Option<String>,

    /// Which results to show; default: `sample` in a table, `all` in JSON.
    #[arg(long, value_enum)]
    pub(in crate::commands) show: Option<Show>,

    /// Show with each result the licenses that the user holds after the change.
    #[arg(long)]
    pub(super) licenses: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::commands) enum Mode {
    /// All changes of a user apply, or none.
    PerUser,
    /// Each product is decided separately.
    PerLicense,
    /// All changes of the whole batch apply, or none.
    AllOrNothing,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::commands) enum Shortage {
    /// Assign in order until no seat is left; later users fail.
    AssignUntilExhausted,
    /// Reject the batch before any write if there are too few seats.
    RequireAll,
    /// Buy the missing seats.
    BuyMore,
    /// Add users without a seat to the waitlist, in order.
    Waitlist,
}

impl From<Mode> for BatchMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::PerUser => Self::PerUser,
            Mode::PerLicense => Self::PerLicense,
            Mode::AllOrNothing => Self::AllOrNothing,
        }
    }
}

impl From<Shortage> for ShortagePolicy {
    fn from(shortage: Shortage) -> Self {
        match shortage {
            Shortage::AssignUntilExhausted => Self::AssignUntilExhausted,
            Shortage::RequireAll => Self::RequireAll,
            Shortage::BuyMore => Self::BuyMore,
            Shortage::Waitlist => Self::Waitlist,
        }
    }
}
