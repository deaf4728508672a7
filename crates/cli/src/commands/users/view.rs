use seatkeeper_proto::v1::{User, user};

use crate::CliError;
use crate::identifier;
use crate::output::{Output, message_json, table};

/// Shows users as a table or as JSON objects.
pub(super) fn show(users: &[User], out: &mut Output) {
    if out.is_json() {
        for user in users {
            out.object(&message_json("User", user));
        }
        return;
    }
    let rows = users.iter().map(|user| {
        [
            identifier::last(&user.name).to_owned(),
            user.display_name.clone(),
            user.sign_in_name.clone(),
            user.department.clone(),
            user.job_title.clone(),
            user.usage_location.clone(),
            state(user.state()).to_owned(),
        ]
    });
    let titles = [
        "user",
        "name",
        "signs in as",
        "department",
        "title",
        "in",
        "state",
    ];
    out.print(table(titles, rows).trim_fmt());
}

/// Shows the user returned by a call.
pub(super) fn show_one(user: Option<User>, out: &mut Output) -> Result<(), CliError> {
    show(&[user.ok_or(CliError::Incomplete("user"))?], out);
    Ok(())
}

fn state(state: user::State) -> &'static str {
    match state {
        user::State::Unspecified => "",
        user::State::Active => "active",
        user::State::Blocked => "blocked",
    }
}
