use std::fmt;

use seatkeeper_proto::v1::{self, CreateCustomerRequest, PurchaseSeatsRequest};

use super::catalog::{PRODUCT_COUNT, product};
use super::users;
use crate::Error;
use crate::clients::Clients;

/// The properties of a customer. Equal profiles refer to the same customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Profile {
    pub(crate) kind: Kind,
    pub(crate) users: usize,
    /// Distinguishes customers with otherwise equal properties.
    pub(crate) number: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// All users can get all products.
    Plain,
    /// Three of ten users fail, each for a different reason, and seats run out before the last
    /// tenth.
    Mixed,
    /// Like `Plain`, but all users hold many licenses after the scenario.
    Laden,
}

impl Profile {
    pub(crate) fn plain(users: usize) -> Self {
        Self::numbered(users, 0)
    }

    pub(crate) fn numbered(users: usize, number: usize) -> Self {
        Self {
            kind: Kind::Plain,
            users,
            number,
        }
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Plain => "plain",
            Kind::Mixed => "mixed",
            Kind::Laden => "laden",
        };
        write!(f, "{kind}-{}-{}", self.users, self.number)
    }
}

/// A created customer with users and seats.
#[derive(Debug, Clone)]
pub(crate) struct Customer {
    /// The resource name, `customers/{customer}`.
    pub(crate) name: String,
    pub(crate) users: usize,
}

impl Customer {
    pub(crate) async fn create(clients: &Clients, profile: &Profile) -> Result<Self, Error> {
        let id = profile.to_string();
        let customer = Self {
            name: format!("customers/{id}"),
            users: profile.users,
        };
        let create = CreateCustomerRequest {
            customer: Some(v1::Customer {
                display_name: id.clone(),
                ..v1::Customer::default()
            }),
            customer_id: id,
        };
        clients.customers().create_customer(create).await?;
        users::import(clients, &customer, profile.kind).await?;
        let seats = match profile.kind {
            Kind::Plain | Kind::Laden => profile.users,
            // Seven of ten users pass all checks except the seat check.
            Kind::Mixed => profile.users * 6 / 10,
        };
        customer.buy_seats(clients, i64::try_from(seats)?).await?;
        Ok(customer)
    }

    /// The resource name of a user, counted from 0.
    pub(crate) fn user(&self, number: usize) -> String {
        format!("{}/users/{}", self.name, users::user_id(number))
    }

    async fn buy_seats(&self, clients: &Clients, seats: i64) -> Result<(), Error> {
        let mut client = clients.entitlements();
        for index in 0..PRODUCT_COUNT {
            let product = product(index);
            let id = product.trim_start_matches("products/");
            let purchase = PurchaseSeatsRequest {
                name: format!("{}/entitlements/{id}", self.name),
                seat_count: seats,
                ..PurchaseSeatsRequest::default()
            };
            client.purchase_seats(purchase).await?;
        }
        Ok(())
    }
}
