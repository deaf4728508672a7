//! `seatkeeper licenses`.

mod holders;

use clap::{Args, Subcommand};
use seatkeeper_proto::v1::{License, ListLicensesRequest, license};

use crate::client::{ClientOptions, PlanIndex, ProductIndex, Session};
use crate::output::{Output, message_json, table};
use crate::{CliError, Exit, identifier};

const PAGE_SIZE: i32 = 1_000;

/// `seatkeeper licenses`.
#[derive(Debug, Args)]
pub(crate) struct Licenses {
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List licenses: of one user, or of all users of the customer.
    List(List),
    Holders(holders::Holders),
}

#[derive(Debug, Args)]
struct List {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,
    /// Show only licenses of this user.
    #[arg(long, value_parser = identifier::parse)]
    user: Option<String>,
    /// Show only licenses of this product, given by identifier or part number.
    #[arg(long)]
    product: Option<String>,
}

impl Licenses {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        match self.action {
            Action::List(action) => action.run(&session, out).await,
            Action::Holders(action) => action.run(&session, out).await,
        }
    }
}

impl List {
    async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let products = ProductIndex::load(session).await?;
        let product = match &self.product {
            Some(given) => products.find(given)?.name.clone(),
            None => String::new(),
        };
        let plans = PlanIndex::load(session, "-").await?;
        let user = self.user.as_deref().unwrap_or("-");
        let mut request = ListLicensesRequest {
            parent: identifier::user(&self.customer, user),
            page_size: PAGE_SIZE,
            product,
            ..ListLicensesRequest::default()
        };
        loop {
            let answer = session.licenses().list_licenses(request.clone()).await?;
            let page = answer.into_inner();
            show(&page.licenses, &products, &plans, out);
            if page.next_page_token.is_empty() || out.is_closed() {
                return Ok(Exit::Success);
            }
            request.page_token = page.next_page_token;
        }
    }
}

fn show(licenses: &[License], products: &ProductIndex, plans: &PlanIndex, out: &mut Output) {
    if out.is_json() {
        for license in licenses {
            out.object(&message_json("License", license));
        }
        return;
    }
    let rows = licenses.iter().map(|license| {
        let disabled = license.disabled_plans.iter();
        let disabled: Vec<_> = disabled.map(|plan| plans.label(plan)).collect();
        [
            license
                .name
                .split('/')
                .nth(3)
                .unwrap_or_default()
                .to_owned(),
            products.label(&license.product).to_owned(),
            products.display_name(&license.product).to_owned(),
            state(license.state()).to_owned(),
            disabled.join(", "),
        ]
    });
    out.print(table(["user", "product", "name", "state", "plans off"], rows).trim_fmt());
}

fn state(state: license::State) -> &'static str {
    match state {
        license::State::Unspecified => "",
        license::State::Active => "active",
        license::State::Warning => "warning",
        license::State::Suspended => "suspended",
    }
}
