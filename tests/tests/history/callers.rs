use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use seatkeeper_proto::v1 as api;
use seatkeeper_tests::{Connection, listed, product, swap};
use tonic::{Code, Status};

use crate::history::Event;
use crate::model::{Answer, Call, Change, Outcome, PRODUCTS, USERS};
use crate::rng::Rng;

/// Timeout of a call.
const TIMEOUT: Duration = Duration::from_secs(20);

/// A caller of one customer. Each call goes to a random server.
pub(crate) struct Caller {
    pub(crate) customer: String,
    /// The URLs of the running servers. A restarted server has a new URL.
    pub(crate) servers: Arc<Mutex<Vec<String>>>,
    pub(crate) rng: Rng,
    pub(crate) began: Instant,
}

/// A response, and the journal entry that it names.
type Answered = (Answer, Option<i64>);

impl Caller {
    /// Makes `count` calls one after the other, and returns each with its response.
    pub(crate) async fn call_often(mut self, count: usize) -> Vec<Event> {
        let mut events = Vec::new();
        while events.len() < count {
            let call = self.any_call();
            let server = {
                let servers = self.servers.lock().unwrap();
                servers[self.rng.below(servers.len())].clone()
            };
            let Some(connection) = Connection::try_open(&server).await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let begun = self.began.elapsed();
            let answered = tokio::time::timeout(TIMEOUT, self.make(&connection, &call)).await;
            let answered = answered.ok().and_then(Result::ok);
            let ended = answered.is_some().then(|| self.began.elapsed());
            let (answer, entry) = answered.unzip();
            events.push(Event {
                call,
                begun,
                ended,
                answer,
                entry: entry.flatten(),
            });
        }
        events
    }

    fn any_call(&mut self) -> Call {
        let one = self.rng.below(PRODUCTS.len());
        let user = u8::try_from(self.rng.below(USERS.into())).unwrap();
        let seats = i64::try_from(1 + self.rng.below(2)).unwrap();
        let (assign, revoke) = match self.rng.below(5) {
            0 | 1 => (Some(one), None),
            2 => (None, Some(one)),
            _ => (Some(one), Some(1 - one)),
        };
        let change = Change { assign, revoke };
        match self.rng.below(12) {
            0..5 => Call::Update(user, change),
            5 | 6 => {
                let mut users: Vec<u8> = (0..USERS).collect();
                users.rotate_left(user.into());
                users.truncate(1 + self.rng.below(USERS.into()));
                Call::Batch(users, change)
            }
            7 => Call::Buy(one, seats),
            8 => Call::Reduce(one, seats),
            9 | 10 => Call::ReadSeats(one),
            _ => Call::ReadLicenses,
        }
    }

    async fn make(&self, connection: &Connection, call: &Call) -> Result<Answered, Status> {
        match call {
            Call::Update(user, change) => self.update(connection, *user, *change).await,
            Call::Batch(users, change) => self.batch(connection, users, *change).await,
            Call::Buy(product, seats) => {
                let request = api::PurchaseSeatsRequest {
                    name: self.entitlement(*product),
                    seat_count: *seats,
                    ..api::PurchaseSeatsRequest::default()
                };
                connection.entitlements().purchase_seats(request).await?;
                Ok((Answer::Done, None))
            }
            Call::Reduce(product, seats) => self.reduce(connection, *product, *seats).await,
            Call::ReadSeats(product) => {
                let name = self.entitlement(*product);
                let request = api::GetEntitlementRequest { name };
                let answer = connection.entitlements().get_entitlement(request).await?;
                let found = answer.into_inner().entitlement.unwrap();
                let seats = Answer::Seats {
                    purchased: found.purchased_count,
                    assigned: found.assigned_count,
                };
                Ok((seats, None))
            }
            Call::ReadLicenses => self.licenses(connection).await,
        }
    }

    async fn update(
        &self,
        connection: &Connection,
        user: u8,
        change: Change,
    ) -> Result<Answered, Status> {
        let request = api::UpdateUserLicensesRequest {
            name: self.user(user),
            change: Some(change_of(change)),
            ..api::UpdateUserLicensesRequest::default()
        };
        let answer = connection
            .licenses()
            .update_user_licenses(request)
            .await?
            .into_inner();
        let entry = Some(answer.journal_sequence_number).filter(|entry| *entry > 0);
        Ok((
            Answer::Outcomes(vec![outcomes(&answer.result.unwrap())]),
            entry,
        ))
    }

    async fn batch(
        &self,
        connection: &Connection,
        users: &[u8],
        change: Change,
    ) -> Result<Answered, Status> {
        let request = api::BatchUpdateLicensesRequest {
            parent: self.customer.clone(),
            change: Some(change_of(change)),
            selection: Some(listed(users.iter().map(|user| self.user(*user)))),
            ..api::BatchUpdateLicensesRequest::default()
        };
        let answer = connection.licenses().batch_update_licenses(request).await?;
        let mut reading = seatkeeper_tests::Reading::of(answer);
        let mut received = Vec::new();
        let mut finished = false;
        while let Some(event) = reading.next().await? {
            match event {
                api::batch_event::Event::Results(results) => {
                    received.extend(results.results.iter().map(outcomes));
                }
                api::batch_event::Event::Finished(_) => finished = true,
                api::batch_event::Event::Started(_) | api::batch_event::Event::Progress(_) => {}
            }
        }
        if finished {
            Ok((Answer::Outcomes(received), None))
        } else {
            Err(Status::unavailable("the stream was truncated"))
        }
    }

    async fn reduce(
        &self,
        connection: &Connection,
        product: usize,
        seats: i64,
    ) -> Result<Answered, Status> {
        let request = api::ReduceSeatsRequest {
            name: self.entitlement(product),
            seat_count: seats,
            ..api::ReduceSeatsRequest::default()
        };
        match connection.entitlements().reduce_seats(request).await {
            Ok(_) => Ok((Answer::Done, None)),
            Err(refused) if refused.code() == Code::FailedPrecondition => {
                Ok((Answer::Refused, None))
            }
            Err(lost) => Err(lost),
        }
    }

    async fn licenses(&self, connection: &Connection) -> Result<Answered, Status> {
        let request = api::ListLicensesRequest {
            parent: format!("{}/users/-", self.customer),
            page_size: 1_000,
            ..api::ListLicensesRequest::default()
        };
        let answer = connection.licenses().list_licenses(request).await?;
        let held = answer.into_inner().licenses.into_iter().map(|license| {
            let parts: Vec<_> = license.name.split('/').collect();
            let held = PRODUCTS.iter().position(|one| *one == parts[5]);
            (parts[3][1..].parse::<u8>().unwrap(), held.unwrap())
        });
        Ok((Answer::Licenses(held.collect::<BTreeSet<_>>()), None))
    }

    fn user(&self, user: u8) -> String {
        format!("{}/users/u{user}", self.customer)
    }

    fn entitlement(&self, product: usize) -> String {
        format!("{}/entitlements/{}", self.customer, PRODUCTS[product])
    }
}

fn change_of(change: Change) -> api::Change {
    let names = |one: Option<usize>| one.map(|one| PRODUCTS[one]).into_iter().collect::<Vec<_>>();
    swap(&names(change.revoke), &names(change.assign))
}

/// The outcomes of a user, first of the assigned product, then of the revoked one.
fn outcomes(result: &api::UserResult) -> Vec<Outcome> {
    let received = result.license_results.iter().map(|license| {
        assert!(PRODUCTS.iter().any(|one| product(one) == license.product));
        match license.outcome() {
            api::Outcome::Assigned => Outcome::Assigned,
            api::Outcome::Revoked => Outcome::Revoked,
            api::Outcome::Unchanged => Outcome::Unchanged,
            api::Outcome::Failed => Outcome::Failed,
            other @ (api::Outcome::Unspecified
            | api::Outcome::Updated
            | api::Outcome::Waitlisted) => {
                panic!("unexpected outcome {other:?}")
            }
        }
    });
    received.collect()
}
