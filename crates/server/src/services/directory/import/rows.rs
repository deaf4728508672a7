use seatkeeper_domain::{CustomerName, UserId};
use seatkeeper_engine::UserFields;
use seatkeeper_proto::v1;

use crate::convert::names::user_of;
use crate::convert::user;
use crate::error::FieldErrors;

/// The parsed users of one message of an import.
pub(super) struct Rows {
    /// The users as they were sent.
    pub(super) users: Vec<v1::User>,
    /// The users that were parsed.
    pub(super) parsed: Vec<(UserId, UserFields)>,
    /// The index of each parsed user in the message.
    pub(super) indexes: Vec<usize>,
    /// The indexes of the first users that were not parsed, with their errors.
    pub(super) failures: Vec<(usize, FieldErrors)>,
    /// How many further users were not parsed.
    pub(super) other_failures: i64,
}

impl Rows {
    /// Parses users of `customer`; stores at most `failures_max` failures.
    pub(super) fn read(customer: &CustomerName, users: Vec<v1::User>, failures_max: usize) -> Self {
        let mut read = Self {
            parsed: Vec::with_capacity(users.len()),
            indexes: Vec::with_capacity(users.len()),
            failures: Vec::new(),
            other_failures: 0,
            users: Vec::new(),
        };
        for (index, user) in users.iter().enumerate() {
            match row(customer, user) {
                Ok(row) => {
                    read.indexes.push(index);
                    read.parsed.push(row);
                }
                Err(wrong) if read.failures.len() < failures_max => {
                    read.failures.push((index, wrong));
                }
                Err(_) => read.other_failures += 1,
            }
        }
        read.users = users;
        read
    }
}

fn row(customer: &CustomerName, given: &v1::User) -> Result<(UserId, UserFields), FieldErrors> {
    let mut errors = FieldErrors::default();
    let id = errors.take(user_of(customer, || "name".to_owned(), &given.name));
    let fields = errors.take(user::fields(given));
    match (id, fields) {
        (Some(id), Some(fields)) => Ok((id, fields)),
        _ => Err(errors.inside("user")),
    }
}
