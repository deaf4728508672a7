//! `seatkeeper entitlements`.

mod purchase;
mod reduce;
mod renew;
mod show;
mod time;

use clap::{Args, Subcommand};
use seatkeeper_proto::v1::{Entitlement, ListEntitlementsRequest};

use crate::client::{ClientOptions, ProductIndex, Session};
use crate::output::{Output, count, message_json, table};
use crate::{CliError, Exit, identifier};

const PAGE_SIZE: i32 = 1_000;

/// `seatkeeper entitlements`.
#[derive(Debug, Args)]
pub(crate) struct Entitlements {
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

/// Selects the customer of the entitlements.
#[derive(Debug, Args)]
struct Parent {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List a customer's entitlements: seats bought by state, seats assigned and seats available.
    List {
        #[command(flatten)]
        parent: Parent,
    },
    Show(show::Show),
    Purchase(purchase::Purchase),
    Reduce(reduce::Reduce),
    Renew(renew::Renew),
}

impl Entitlements {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        match self.action {
            Action::List { parent } => list(&session, &parent.customer, out).await,
            Action::Show(action) => action.run(&session, out).await,
            Action::Purchase(action) => action.run(&session, out).await,
            Action::Reduce(action) => action.run(&session, out).await,
            Action::Renew(action) => action.run(&session, out).await,
        }
    }
}

async fn list(session: &Session, customer: &str, out: &mut Output) -> Result<Exit, CliError> {
    let index = ProductIndex::load(session).await?;
    let mut request = ListEntitlementsRequest {
        parent: identifier::customer(customer),
        page_size: PAGE_SIZE,
        ..ListEntitlementsRequest::default()
    };
    loop {
        let answer = session
            .entitlements()
            .list_entitlements(request.clone())
            .await?;
        let page = answer.into_inner();
        show(&page.entitlements, &index, out);
        if page.next_page_token.is_empty() || out.is_closed() {
            return Ok(Exit::Success);
        }
        request.page_token = page.next_page_token;
    }
}

fn show(entitlements: &[Entitlement], index: &ProductIndex, out: &mut Output) {
    if out.is_json() {
        for entitlement in entitlements {
            out.object(&message_json("Entitlement", entitlement));
        }
        return;
    }
    let rows = entitlements.iter().map(|one| {
        [
            index.label(&one.product).to_owned(),
            index.display_name(&one.product).to_owned(),
            count(one.active_count),
            count(one.warning_count),
            count(one.suspended_count),
            count(one.assigned_count),
            count(one.reserved_count),
            count(one.available_count),
            count(one.waitlisted_count),
        ]
    });
    let titles = [
        "product",
        "name",
        "#active",
        "#in grace",
        "#suspended",
        "#assigned",
        "#reserved",
        "#available",
        "#waiting",
    ];
    out.print(table(titles, rows).trim_fmt());
}
