use seatkeeper_proto::v1::{
    AllUsers, CreateSelectionRequest, UserSelector, create_selection_request, user_selector,
};

use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::millis;
use crate::workload::{self, Customer, Profile};
use crate::{Error, batch};

/// All users, selected in three ways.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = plan.largest();
    let customer = environment.customer(Profile::plain(users)).await?;
    let mut results = ScenarioResults::default();
    let filter = user_selector::Kind::Filter("state = ACTIVE".to_owned());
    let ways = [
        ("everyone", user_selector::Kind::AllUsers(AllUsers {}), None),
        ("a filter", filter, Some(1_000.0)),
        (
            "a saved selection",
            save_everyone(environment, &customer).await?,
            Some(50.0),
        ),
    ];
    for (way, selection, target) in ways {
        let (mut first, mut last) = (Vec::new(), Vec::new());
        for _ in 0..plan.runs {
            for change in [workload::assign(0, 1), workload::revoke(0, 1)] {
                let request = workload::for_selected(&customer, change, selection.clone());
                let timing = batch::run_well(environment.clients(), request).await?;
                first.push(millis(timing.first_result));
                last.push(millis(timing.last_result));
            }
        }
        results.measure(format!("{way}, first result"), users, Unit::Millis, &first);
        results.measure(format!("{way}, last result"), users, Unit::Millis, &last);
        if let Some(most) = target {
            let name = format!("first result of {users} users from {way}");
            results.figure(name, Unit::Millis, &first, Target::AtMost(most));
        }
    }
    Ok(results)
}

/// Saves a selection of all users.
async fn save_everyone(
    environment: &Environment,
    customer: &Customer,
) -> Result<user_selector::Kind, Error> {
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
    let answer = environment
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
