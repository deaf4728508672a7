use seatkeeper_proto::v1::{Selection, SelectionUserSummary};
use serde_json::json;

use crate::output::{Output, count, message_json, table};
use crate::{CliError, identifier};

/// Number of unknown users printed for people.
const UNKNOWN_SHOWN: usize = 20;

/// Shows selections as a table or as JSON objects.
pub(super) fn show(selections: &[Selection], out: &mut Output) {
    if out.is_json() {
        for selection in selections {
            out.object(&message_json("Selection", selection));
        }
        return;
    }
    let rows = selections.iter().map(|selection| {
        let expires = selection.expire_time.as_ref();
        [
            identifier::last(&selection.name).to_owned(),
            selection.display_name.clone(),
            count(selection.user_count),
            expires.map(ToString::to_string).unwrap_or_default(),
        ]
    });
    out.print(table(["selection", "name", "#users", "expires unless used"], rows).trim_fmt());
}

/// Shows the selection returned by a call.
pub(super) fn show_one(selection: Option<Selection>, out: &mut Output) -> Result<(), CliError> {
    show(&[found(selection)?], out);
    Ok(())
}

/// Shows a selection and the counts of the users given to it.
pub(super) fn show_summary(
    selection: Option<Selection>,
    summary: &SelectionUserSummary,
    out: &mut Output,
) -> Result<(), CliError> {
    let selection = found(selection)?;
    if out.is_json() {
        out.object(&json!({
            "selection": message_json("Selection", &selection),
            "summary": message_json("SelectionUserSummary", summary),
        }));
        return Ok(());
    }
    show(&[selection], out);
    out.print(format_args!(
        "{} given, {} changed, {} duplicates, {} unknown",
        count(summary.given_count),
        count(summary.changed_count),
        count(summary.duplicate_count),
        count(summary.unknown_count),
    ));
    for user in summary.unknown_users.iter().take(UNKNOWN_SHOWN) {
        out.print(format_args!("unknown: {}", identifier::last(user)));
    }
    if summary.unknown_users.len() > UNKNOWN_SHOWN {
        out.print("… and more; --output json lists the first 1,000");
    }
    Ok(())
}

fn found(selection: Option<Selection>) -> Result<Selection, CliError> {
    selection.ok_or(CliError::Incomplete("selection"))
}
