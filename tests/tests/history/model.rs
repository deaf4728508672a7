use std::collections::BTreeSet;

/// Number of users in a history: few, so that calls conflict.
pub(crate) const USERS: u8 = 5;

/// Products by number. They exclude one another.
pub(crate) const PRODUCTS: [&str; 2] = ["suite", "lite"];

/// The model's state of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct Customer {
    /// Users and the products that they hold.
    pub(crate) held: BTreeSet<(u8, usize)>,
    /// Seats bought, by product.
    pub(crate) seats: [i64; 2],
}

/// A call with its parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    /// A change for one user.
    Update(u8, Change),
    /// The same change for several users: one chunk.
    Batch(Vec<u8>, Change),
    Buy(usize, i64),
    Reduce(usize, i64),
    ReadSeats(usize),
    ReadLicenses,
}

/// The assigned and the revoked product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) assign: Option<usize>,
    pub(crate) revoke: Option<usize>,
}

/// A response to a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// For each user, the outcomes of the assigned and the revoked product.
    Outcomes(Vec<Vec<Outcome>>),
    Done,
    Refused,
    Seats {
        purchased: i64,
        assigned: i64,
    },
    Licenses(BTreeSet<(u8, usize)>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Assigned,
    Revoked,
    Unchanged,
    Failed,
}

impl Customer {
    /// Applies a call to the model, and returns the response that the server must give.
    pub(crate) fn carry_out(&mut self, call: &Call) -> Answer {
        match call {
            Call::Update(user, change) => Answer::Outcomes(vec![self.change(*user, *change)]),
            Call::Batch(users, change) => {
                let outcomes = users.iter().map(|user| self.change(*user, *change));
                Answer::Outcomes(outcomes.collect())
            }
            Call::Buy(product, seats) => {
                self.seats[*product] += seats;
                Answer::Done
            }
            Call::Reduce(product, seats) => {
                let left = self.seats[*product] - seats;
                if left < self.assigned(*product) {
                    return Answer::Refused;
                }
                self.seats[*product] = left;
                Answer::Done
            }
            Call::ReadSeats(product) => Answer::Seats {
                purchased: self.seats[*product],
                assigned: self.assigned(*product),
            },
            Call::ReadLicenses => Answer::Licenses(self.held.clone()),
        }
    }

    fn change(&mut self, user: u8, change: Change) -> Vec<Outcome> {
        let holds =
            |product: Option<usize>| product.filter(|one| self.held.contains(&(user, *one)));
        let (loses, holds_it) = (holds(change.revoke), holds(change.assign));
        let gains = change.assign.filter(|_| holds_it.is_none());
        let fails = gains.is_some_and(|product| !self.may_gain(user, product, loses));
        if !fails {
            self.held.extend(gains.map(|product| (user, product)));
            self.held
                .retain(|held| Some(held.1) != loses || held.0 != user);
        }
        let reported = |wanted: Option<usize>, effective: Option<usize>, done| {
            wanted.map(|_| match effective {
                None => Outcome::Unchanged,
                Some(_) if fails => Outcome::Failed,
                Some(_) => done,
            })
        };
        let assigned = reported(change.assign, gains, Outcome::Assigned);
        let revoked = reported(change.revoke, loses, Outcome::Revoked);
        assigned.into_iter().chain(revoked).collect()
    }

    fn may_gain(&self, user: u8, product: usize, loses: Option<usize>) -> bool {
        let excluded = (0..PRODUCTS.len()).any(|other| {
            other != product && Some(other) != loses && self.held.contains(&(user, other))
        });
        !excluded && self.assigned(product) < self.seats[product]
    }

    fn assigned(&self, product: usize) -> i64 {
        let held = self.held.iter().filter(|(_, held)| *held == product);
        i64::try_from(held.count()).unwrap()
    }
}
