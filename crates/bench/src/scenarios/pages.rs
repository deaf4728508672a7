use std::time::Instant;

use seatkeeper_proto::v1::{ListUsersRequest, ListUsersResponse};

use crate::Error;
use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::{median, millis};
use crate::workload::Profile;

const PAGE_SIZE: i32 = 100;
/// Number of pages in a run. The median counts, because a single page takes too little time.
const PAGES: usize = 51;

/// The first and the last page of a long list, in each order that the list supports.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let users = plan.largest();
    let customer = environment.customer(Profile::plain(users)).await?;
    let mut results = ScenarioResults::default();
    for order_by in ["", "display_name", "sign_in_name", "update_time"] {
        let request = ListUsersRequest {
            parent: customer.name.clone(),
            page_size: PAGE_SIZE,
            order_by: order_by.to_owned(),
            ..ListUsersRequest::default()
        };
        let (_, answer) = page(environment, &request).await?;
        let last_request = ListUsersRequest {
            page_token: answer.last_page_token,
            ..request.clone()
        };
        let (mut first, mut last, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..plan.runs {
            let (mut first_pages, mut last_pages) = (Vec::new(), Vec::new());
            for _ in 0..PAGES {
                first_pages.push(page(environment, &request).await?.0);
                last_pages.push(page(environment, &last_request).await?.0);
            }
            first.push(median(&first_pages));
            last.push(median(&last_pages));
            ratios.push(median(&last_pages) / median(&first_pages));
        }
        let order = if order_by.is_empty() {
            "directory order"
        } else {
            order_by
        };
        results.measure(
            format!("first page by {order}"),
            users,
            Unit::Millis,
            &first,
        );
        results.measure(format!("last page by {order}"), users, Unit::Millis, &last);
        let name = format!("last page of {users} users over the first, by {order}");
        results.figure(name, Unit::Times, &ratios, Target::AtMost(1.5));
    }
    Ok(results)
}

/// Reads one page, and returns it with its latency in milliseconds.
async fn page(
    environment: &Environment,
    request: &ListUsersRequest,
) -> Result<(f64, ListUsersResponse), Error> {
    let start = Instant::now();
    let answer = environment
        .clients()
        .directory()
        .list_users(request.clone())
        .await?;
    let time = millis(start.elapsed());
    let answer = answer.into_inner();
    if answer.users.is_empty() {
        return Err("an empty page".into());
    }
    Ok((time, answer))
}
