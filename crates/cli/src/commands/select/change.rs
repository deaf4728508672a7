use clap::Args;
use seatkeeper_proto::v1::{
    AddSelectionUsersRequest, RemoveSelectionUsersRequest, Selection, SelectionUserSummary,
    UserSelector,
};

use super::{Target, view};
use crate::CliError;
use crate::client::Session;
use crate::commands::change::{ChosenUsers, UserChoice};
use crate::output::Output;

/// Users per call; a longer list takes several calls.
const CALL_USERS: usize = 20_000;

/// Unknown users listed in total; a single call lists the same number.
const UNKNOWN_LISTED_MAX: usize = 1_000;

/// Add users to a selection.
#[derive(Debug, Args)]
pub(super) struct Add {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    users: UserChoice,
}

/// Remove users from a selection.
#[derive(Debug, Args)]
pub(super) struct Remove {
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    users: UserChoice,
}

/// The selection and the counts that a call returns.
type Answer = (Option<Selection>, Option<SelectionUserSummary>);

impl Add {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<(), CliError> {
        let name = self.target.name();
        let add = async |users: UserSelector| -> Result<Answer, CliError> {
            let request = AddSelectionUsersRequest {
                name: name.clone(),
                users: Some(users),
                ..AddSelectionUsersRequest::default()
            };
            let answer = session.selections().add_selection_users(request).await?;
            let answer = answer.into_inner();
            Ok((answer.selection, answer.summary))
        };
        change(&self.target, self.users, add, out).await
    }
}

impl Remove {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<(), CliError> {
        let name = self.target.name();
        let remove = async |users: UserSelector| -> Result<Answer, CliError> {
            let request = RemoveSelectionUsersRequest {
                name: name.clone(),
                users: Some(users),
                ..RemoveSelectionUsersRequest::default()
            };
            let answer = session.selections().remove_selection_users(request).await?;
            let answer = answer.into_inner();
            Ok((answer.selection, answer.summary))
        };
        change(&self.target, self.users, remove, out).await
    }
}

async fn change(
    target: &Target,
    users: UserChoice,
    call: impl AsyncFn(UserSelector) -> Result<Answer, CliError>,
    out: &mut Output,
) -> Result<(), CliError> {
    let customer = &target.parent.customer;
    let parts = match users.read()? {
        ChosenUsers::List(users) => users
            .chunks(CALL_USERS)
            .map(|part| ChosenUsers::List(part.to_vec()).into_selector(customer))
            .collect(),
        chosen @ (ChosenUsers::Filter(_) | ChosenUsers::All | ChosenUsers::Saved(_)) => {
            vec![chosen.into_selector(customer)]
        }
    };
    let mut selection = None;
    let mut total = SelectionUserSummary::default();
    for part in parts {
        let (changed, summary) = call(part).await?;
        selection = changed;
        sum_up(&mut total, summary.unwrap_or_default());
    }
    view::show_summary(selection, &total, out)
}

fn sum_up(total: &mut SelectionUserSummary, part: SelectionUserSummary) {
    total.given_count += part.given_count;
    total.changed_count += part.changed_count;
    total.duplicate_count += part.duplicate_count;
    total.unknown_count += part.unknown_count;
    let room = UNKNOWN_LISTED_MAX.saturating_sub(total.unknown_users.len());
    let unknown = part.unknown_users.into_iter().take(room);
    total.unknown_users.extend(unknown);
}
