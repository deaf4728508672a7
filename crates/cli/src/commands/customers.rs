//! `seatkeeper customers`.

use clap::{Args, Subcommand};
use seatkeeper_proto::v1::{
    CreateCustomerRequest, Customer, DeleteCustomerRequest, GetCustomerRequest,
    ListCustomersRequest, UpdateCustomerRequest,
};

use crate::client::{ClientOptions, Session};
use crate::output::{Output, count, message_json, table};
use crate::{CliError, Exit, identifier};

const PAGE_SIZE: i32 = 1_000;

/// `seatkeeper customers`.
#[derive(Debug, Args)]
pub(crate) struct Customers {
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Create a customer.
    Create {
        /// Its identifier; the server makes one when it is left out.
        #[arg(value_parser = identifier::parse)]
        customer: Option<String>,
        /// A name for people.
        #[arg(long, value_name = "NAME", default_value = "")]
        display_name: String,
    },
    /// List all customers.
    List,
    /// Show one customer.
    Get {
        /// Its identifier.
        #[arg(value_parser = identifier::parse)]
        customer: String,
    },
    /// Give a customer another name.
    Update {
        /// Its identifier.
        #[arg(value_parser = identifier::parse)]
        customer: String,
        /// The new name for people.
        #[arg(long, value_name = "NAME")]
        display_name: String,
    },
    /// Delete a customer.
    Delete {
        /// Its identifier.
        #[arg(value_parser = identifier::parse)]
        customer: String,
        /// Delete its users, licenses, entitlements and batches as well.
        #[arg(long)]
        force: bool,
    },
}

impl Customers {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        match self.action {
            Action::Create {
                customer,
                display_name,
            } => create(&session, customer, display_name, out).await?,
            Action::List => list(&session, out).await?,
            Action::Get { customer } => {
                let name = identifier::customer(&customer);
                let request = GetCustomerRequest { name };
                let answer = session.customers().get_customer(request).await?;
                print_customer(answer.into_inner().customer, out)?;
            }
            Action::Update {
                customer,
                display_name,
            } => update(&session, &customer, display_name, out).await?,
            Action::Delete { customer, force } => {
                let request = DeleteCustomerRequest {
                    name: identifier::customer(&customer),
                    force,
                    ..DeleteCustomerRequest::default()
                };
                session.customers().delete_customer(request).await?;
                out.print(format_args!("customer {customer} is deleted"));
            }
        }
        Ok(Exit::Success)
    }
}

async fn create(
    session: &Session,
    customer: Option<String>,
    display_name: String,
    out: &mut Output,
) -> Result<(), CliError> {
    let request = CreateCustomerRequest {
        customer_id: customer.unwrap_or_default(),
        customer: Some(Customer {
            display_name,
            ..Customer::default()
        }),
    };
    let answer = session.customers().create_customer(request).await?;
    print_customer(answer.into_inner().customer, out)
}

async fn update(
    session: &Session,
    customer: &str,
    display_name: String,
    out: &mut Output,
) -> Result<(), CliError> {
    let request = UpdateCustomerRequest {
        customer: Some(Customer {
            name: identifier::customer(customer),
            display_name,
            ..Customer::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["display_name".to_owned()],
        }),
    };
    let answer = session.customers().update_customer(request).await?;
    print_customer(answer.into_inner().customer, out)
}

async fn list(session: &Session, out: &mut Output) -> Result<(), CliError> {
    let mut request = ListCustomersRequest {
        page_size: PAGE_SIZE,
        ..ListCustomersRequest::default()
    };
    loop {
        let answer = session.customers().list_customers(request.clone()).await?;
        let page = answer.into_inner();
        show(&page.customers, out);
        if page.next_page_token.is_empty() || out.is_closed() {
            out.print(format_args!("{} customers", count(page.total_size)));
            return Ok(());
        }
        request.page_token = page.next_page_token;
    }
}

fn print_customer(customer: Option<Customer>, out: &mut Output) -> Result<(), CliError> {
    let customer = customer.ok_or(CliError::Incomplete("customer"))?;
    show(&[customer], out);
    Ok(())
}

fn show(customers: &[Customer], out: &mut Output) {
    if out.is_json() {
        for customer in customers {
            out.object(&message_json("Customer", customer));
        }
        return;
    }
    let rows = customers.iter().map(|customer| {
        let created = customer.create_time.as_ref();
        [
            identifier::last(&customer.name).to_owned(),
            customer.display_name.clone(),
            count(customer.user_count),
            created.map(ToString::to_string).unwrap_or_default(),
        ]
    });
    out.print(table(["customer", "name", "#users", "created"], rows).trim_fmt());
}
