use std::time::Instant;

use seatkeeper_proto::v1::{ListUsersRequest, ListUsersResponse};

use crate::Error;
use crate::findings::{Findings, Reach, Unit};
use crate::lab::Lab;
use crate::plan::Plan;
use crate::series::{median, millis};
use crate::world::Profile;

const PAGE_SIZE: i32 = 100;
/// Pages of a run, of which the median counts: one is over in a moment.
const PAGES: usize = 51;

/// The ends of a long list, in each order a list can have.
pub(crate) async fn run(lab: &mut Lab, plan: &Plan) -> Result<Findings, Error> {
    let users = plan.largest();
    let customer = lab.customer(Profile::plain(users)).await?;
    let mut findings = Findings::default();
    for order_by in ["", "display_name", "principal_name", "update_time"] {
        let request = ListUsersRequest {
            parent: customer.name.clone(),
            page_size: PAGE_SIZE,
            order_by: order_by.to_owned(),
            ..ListUsersRequest::default()
        };
        let (_, answer) = page(lab, &request).await?;
        let last_request = ListUsersRequest {
            page_token: answer.last_page_token,
            ..request.clone()
        };
        let (mut first, mut last, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..plan.runs {
            let (mut first_pages, mut last_pages) = (Vec::new(), Vec::new());
            for _ in 0..PAGES {
                first_pages.push(page(lab, &request).await?.0);
                last_pages.push(page(lab, &last_request).await?.0);
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
        findings.measure(
            format!("first page by {order}"),
            users,
            Unit::Millis,
            &first,
        );
        findings.measure(format!("last page by {order}"), users, Unit::Millis, &last);
        let name = format!("last page of {users} users over the first, by {order}");
        findings.figure(name, Unit::Times, &ratios, Reach::AtMost(1.5));
    }
    Ok(findings)
}

/// One page, and how many milliseconds it took.
async fn page(lab: &Lab, request: &ListUsersRequest) -> Result<(f64, ListUsersResponse), Error> {
    let start = Instant::now();
    let answer = lab
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
