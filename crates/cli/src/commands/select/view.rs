use seatkeeper_proto::v1::{Selection, SelectionIntake};
use serde_json::json;

use crate::output::{Output, count, message_json, table};
use crate::{CliError, identifier};

/// Unknown users that people are shown.
const UNKNOWN_SHOWN: usize = 20;

/// Shows selections, as a table or as objects.
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
    out.say(table(["selection", "name", "#users", "expires unless used"], rows).trim_fmt());
}

/// Shows the selection that a call answered with.
pub(super) fn show_one(selection: Option<Selection>, out: &mut Output) -> Result<(), CliError> {
    show(&[found(selection)?], out);
    Ok(())
}

/// Shows a selection and what became of the users given to it.
pub(super) fn show_intake(
    selection: Option<Selection>,
    intake: &SelectionIntake,
    out: &mut Output,
) -> Result<(), CliError> {
    let selection = found(selection)?;
    if out.is_json() {
        out.object(&json!({
            "selection": message_json("Selection", &selection),
            "intake": message_json("SelectionIntake", intake),
        }));
        return Ok(());
    }
    show(&[selection], out);
    out.say(format_args!(
        "{} given, {} changed, {} named again, {} unknown",
        count(intake.given_count),
        count(intake.changed_count),
        count(intake.duplicate_count),
        count(intake.unknown_count),
    ));
    for user in intake.unknown_users.iter().take(UNKNOWN_SHOWN) {
        out.say(format_args!("unknown: {}", identifier::last(user)));
    }
    if intake.unknown_users.len() > UNKNOWN_SHOWN {
        out.say("… and others; --output json tells the first 1,000");
    }
    Ok(())
}

fn found(selection: Option<Selection>) -> Result<Selection, CliError> {
    selection.ok_or(CliError::Incomplete("selection"))
}
