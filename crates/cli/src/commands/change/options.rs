use clap::{Args, ValueEnum};
use seatkeeper_proto::v1::{BatchMode, ShortagePolicy};

use crate::commands::batch_view::Show;
use crate::identifier;

/// How a batch is to be run and shown.
#[derive(Debug, Args)]
#[command(next_help_heading = "How")]
pub(in crate::commands) struct BatchOptions {
    /// What a failure does to the rest.
    #[arg(long, value_enum, default_value_t = Mode::PerUser)]
    pub(super) mode: Mode,

    /// What to do when seats run short.
    #[arg(long, value_enum, default_value_t = Shortage::AssignUntilExhausted)]
    pub(super) shortage: Shortage,

    /// Decide and show as usual, but write nothing.
    #[arg(long)]
    pub(super) dry_run: bool,

    /// A key that makes it safe to run the same command again: it joins the batch that exists.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    pub(super) request_id: Option<String>,

    /// Which results to show; a sample in a table, all in JSON when left out.
    #[arg(long, value_enum)]
    pub(in crate::commands) show: Option<Show>,

    /// Show with each result which licenses the user holds afterwards.
    #[arg(long)]
    pub(super) licenses: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::commands) enum Mode {
    /// A user's change applies whole or not at all.
    PerUser,
    /// Each product is decided by itself.
    PerLicense,
    /// The whole batch applies, or nothing does.
    AllOrNothing,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(in crate::commands) enum Shortage {
    /// Serve users in order; later ones fail.
    AssignUntilExhausted,
    /// Refuse before anything is written when there are too few seats.
    RequireAll,
    /// Buy the seats that are missing.
    BuyMore,
    /// Let users for whom there is no seat wait for one, in order.
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
