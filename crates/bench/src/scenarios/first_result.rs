use seatkeeper_proto::v1::{
    AllUsers, CreateSelectionRequest, UserSelector, create_selection_request, user_selector,
};

use crate::findings::{Findings, Reach, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::millis;
use crate::world::{self, Customer, Profile};
use crate::{Error, batch};

/// Everyone, selected in three ways.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let users = plan.largest();
    let customer = lab.customer(Profile::plain(users)).await?;
    let mut findings = Findings::default();
    let filter = user_selector::Kind::Filter("state = ACTIVE".to_owned());
    let ways = [
        ("everyone", user_selector::Kind::AllUsers(AllUsers {}), None),
        ("a filter", filter, Some(1_000.0)),
        (
            "a saved selection",
            save_everyone(lab, &customer).await?,
            Some(50.0),
        ),
    ];
    for (way, selection, reach) in ways {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        for _ in 0..plan.runs {
            for change in [world::assign(0, 1), world::revoke(0, 1)] {
                let request = world::for_selected(&customer, change, selection.clone());
                let timing = batch::run_well(lab.clients(), request).await?;
                first.push(millis(timing.first_result));
                last.push(millis(timing.last_result));
            }
        }
        findings.measure(format!("{way}, first result"), users, Unit::Millis, &first);
        findings.measure(format!("{way}, last result"), users, Unit::Millis, &last);
        if let Some(most) = reach {
            let name = format!("first result of {users} users from {way}");
            findings.figure(name, Unit::Millis, &first, Reach::AtMost(most));
        }
    }
    Ok(findings)
}

/// Saves a selection of all users.
async fn save_everyone(lab: &Lab, customer: &Customer) -> Result<user_selector::Kind, Error> {
    let header = create_selection_request::Header {
        parent: customer.name.clone(),
        source: Some(UserSelector {
            kind: Some(user_selector::Kind::AllUsers(AllUsers {})),
        }),
        ..create_selection_request::Header::default()
    };
    let message = CreateSelectionRequest {
        content: Some(create_selection_request::Content::Header(Box::new(header))),
    };
    let answer = lab
        .clients()
        .selections()
        .create_selection(futures::stream::iter([message]))
        .await?;
    let selection = answer.into_inner().selection.unwrap_or_default();
    if usize::try_from(selection.user_count)? != customer.users {
        return Err(format!("{} users were saved", selection.user_count).into());
    }
    Ok(user_selector::Kind::SavedSelection(selection.name))
}
