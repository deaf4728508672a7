use seatkeeper_proto::v1::{ImportUsersRequest, User, import_users_request, user};

use super::customer::{Customer, Kind};
use crate::Error;
use crate::clients::Clients;

/// A location that one product prohibits.
pub(super) const PROHIBITED_LOCATION: &str = "KP";

/// Number of users per message of an import: about 1 MB.
const IMPORT_USERS: usize = 5_000;

/// The identifier of a user, counted from 0: a GUID as in real directories, whose digits are
/// independent of the user's position.
pub(super) fn user_id(number: usize) -> String {
    let high = scatter(number as u64 * 2);
    let low = scatter(number as u64 * 2 + 1);
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        low >> 52,
        low & 0xffff_ffff_ffff
    )
}

/// `SplitMix64`: maps distinct numbers to distinct numbers that look random.
fn scatter(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

pub(super) async fn import(
    clients: &Clients,
    customer: &Customer,
    kind: Kind,
) -> Result<(), Error> {
    let header = import_users_request::Header {
        parent: customer.name.clone(),
        ..import_users_request::Header::default()
    };
    let header = import_users_request::Content::Header(header);
    let Customer { users, .. } = *customer;
    let owned = customer.clone();
    let batches = (0..users.div_ceil(IMPORT_USERS)).map(move |batch| {
        let numbers = batch * IMPORT_USERS..users.min((batch + 1) * IMPORT_USERS);
        let users = numbers.map(|number| bench_user(&owned, kind, number));
        import_users_request::Content::Users(import_users_request::UserBatch {
            users: users.collect(),
        })
    });
    let messages = std::iter::once(header)
        .chain(batches)
        .map(|content| ImportUsersRequest {
            content: Some(content),
        });
    let answer = clients
        .directory()
        .import_users(futures::stream::iter(messages))
        .await?;
    let created = answer.into_inner().created_count;
    if created != i64::try_from(users)? {
        return Err(format!("{created} of {users} users were created").into());
    }
    Ok(())
}

fn bench_user(customer: &Customer, kind: Kind, number: usize) -> User {
    let (state, usage_location) = match (kind, number % 10) {
        (Kind::Mixed, 0) => (user::State::Blocked, "CH"),
        (Kind::Mixed, 1) => (user::State::Active, ""),
        (Kind::Mixed, 2) => (user::State::Active, PROHIBITED_LOCATION),
        _ => (user::State::Active, "CH"),
    };
    User {
        name: customer.user(number),
        sign_in_name: format!("user{number}@bench.example"),
        display_name: format!("User {number}"),
        department: format!("Department {}", number % 20),
        usage_location: usage_location.to_owned(),
        state: state.into(),
        ..User::default()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn users_have_guids_of_their_own() {
        let ids: HashSet<String> = (0..10_000).map(user_id).collect();
        assert_eq!(ids.len(), 10_000);
        assert!(ids.iter().all(|id| id.len() == 36));
    }
}
