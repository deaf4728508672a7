//! `seatkeeper waitlist`.

use clap::{Args, Subcommand};
use seatkeeper_proto::v1::{
    DeleteWaitlistEntryRequest, ListWaitlistEntriesRequest, UpdateWaitlistEntryRequest,
    WaitlistEntry,
};

use crate::client::{ClientOptions, PlanIndex, ProductIndex, Session};
use crate::output::{Output, count, message_json, table};
use crate::{CliError, Exit, identifier};

const PAGE_SIZE: i32 = 1_000;

/// `seatkeeper waitlist`.
#[derive(Debug, Args)]
pub(crate) struct Waitlist {
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the users who wait for seats, in the order that they get them.
    List(List),
    Prioritize(Prioritize),
    Leave(Leave),
}

#[derive(Debug, Args)]
struct List {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,
    /// Show only users who wait for this product, given by identifier or part number.
    #[arg(long)]
    product: Option<String>,
    /// Show only the entries of this user.
    #[arg(long, value_parser = identifier::parse)]
    user: Option<String>,
}

/// Selects the entry of one user in the queue for one product.
#[derive(Debug, Args)]
struct Target {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,
    /// The product that the user waits for, by identifier or part number.
    #[arg(long)]
    product: String,
    /// The user's identifier.
    #[arg(long, value_parser = identifier::parse)]
    user: String,
}

/// Change a user's priority in the queue.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper waitlist prioritize --customer contoso --product SPE_E3 --user ann --priority 10")]
struct Prioritize {
    #[command(flatten)]
    target: Target,
    /// Priority of the user: users with a higher priority get seats first. The initial priority is
    /// 0.
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    priority: i32,
}

/// Remove a user from the queue.
#[derive(Debug, Args)]
struct Leave {
    #[command(flatten)]
    target: Target,
}

impl Waitlist {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        match self.action {
            Action::List(action) => action.run(&session, out).await,
            Action::Prioritize(action) => action.run(&session, out).await,
            Action::Leave(action) => action.run(&session, out).await,
        }
    }
}

impl Target {
    fn name(&self, products: &ProductIndex) -> Result<String, CliError> {
        let product = identifier::last(&products.find(&self.product)?.name);
        let customer = &self.customer;
        Ok(identifier::waitlist_entry(customer, product, &self.user))
    }
}

impl List {
    async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let products = ProductIndex::load(session).await?;
        let product = match &self.product {
            Some(given) => identifier::last(&products.find(given)?.name),
            None => "-",
        };
        let plans = PlanIndex::load(session, "-").await?;
        let user = self.user.as_deref();
        let user = user.map(|user| identifier::user(&self.customer, user));
        let mut request = ListWaitlistEntriesRequest {
            parent: identifier::entitlement(&self.customer, product),
            page_size: PAGE_SIZE,
            user: user.unwrap_or_default(),
            ..ListWaitlistEntriesRequest::default()
        };
        loop {
            let mut service = session.waitlist();
            let answer = service.list_waitlist_entries(request.clone()).await?;
            let page = answer.into_inner();
            show(&page.waitlist_entries, &products, &plans, out);
            if page.next_page_token.is_empty() || out.is_closed() {
                return Ok(Exit::Success);
            }
            request.page_token = page.next_page_token;
        }
    }
}

impl Prioritize {
    async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let products = ProductIndex::load(session).await?;
        let request = UpdateWaitlistEntryRequest {
            waitlist_entry: Some(WaitlistEntry {
                name: self.target.name(&products)?,
                priority: self.priority,
                ..WaitlistEntry::default()
            }),
            ..UpdateWaitlistEntryRequest::default()
        };
        let answer = session.waitlist().update_waitlist_entry(request).await?;
        let entry = answer.into_inner().waitlist_entry;
        let entry = entry.ok_or(CliError::Incomplete("waitlist_entry"))?;
        let plans = PlanIndex::load(session, "-").await?;
        show(&[entry], &products, &plans, out);
        Ok(Exit::Success)
    }
}

impl Leave {
    async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let products = ProductIndex::load(session).await?;
        let request = DeleteWaitlistEntryRequest {
            name: self.target.name(&products)?,
            ..DeleteWaitlistEntryRequest::default()
        };
        session.waitlist().delete_waitlist_entry(request).await?;
        let Target { user, product, .. } = &self.target;
        out.print(format_args!("{user} no longer waits for {product}"));
        Ok(Exit::Success)
    }
}

fn show(entries: &[WaitlistEntry], products: &ProductIndex, plans: &PlanIndex, out: &mut Output) {
    if out.is_json() {
        for entry in entries {
            out.object(&message_json("WaitlistEntry", entry));
        }
        return;
    }
    let rows = entries.iter().map(|entry| {
        let disabled = entry.disabled_plans.iter();
        let disabled: Vec<_> = disabled.map(|plan| plans.label(plan)).collect();
        [
            products.label(&entry.product).to_owned(),
            count(entry.position),
            identifier::last(&entry.user).to_owned(),
            entry.priority.to_string(),
            identifier::last(&entry.batch).to_owned(),
            disabled.join(", "),
        ]
    });
    let titles = [
        "product",
        "#position",
        "user",
        "#priority",
        "batch",
        "plans off",
    ];
    out.print(table(titles, rows).trim_fmt());
}
