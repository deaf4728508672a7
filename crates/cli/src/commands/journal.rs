//! `seatkeeper journal`.

mod list;
mod view;
mod watch;

use clap::{Args, Subcommand};
use seatkeeper_proto::v1::JournalView;

use crate::client::{ClientOptions, Session};
use crate::output::Output;
use crate::{CliError, Exit, identifier};

/// `seatkeeper journal`.
#[derive(Debug, Args)]
pub(crate) struct Journal {
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::List),
    Watch(watch::Watch),
}

/// The entries of a journal to show, and their level of detail.
#[derive(Debug, Args)]
struct Part {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,
    /// Start after the entry with this sequence number.
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: i64,
    /// Show counts only, without single licenses and users.
    #[arg(long)]
    brief: bool,
}

impl Part {
    fn parent(&self) -> String {
        identifier::customer(&self.customer)
    }

    fn view(&self) -> JournalView {
        if self.brief {
            JournalView::Basic
        } else {
            JournalView::Full
        }
    }
}

impl Journal {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        match self.action {
            Action::List(action) => action.run(&session, out).await,
            Action::Watch(action) => action.run(&session, out).await,
        }
    }
}
