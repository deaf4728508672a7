use seatkeeper_domain::{CustomerName, SelectionName, UserId};
use seatkeeper_engine::Selector;
use seatkeeper_proto::v1::{self, ErrorReason, user_selector::Kind};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::names::{foreign, name, user_of};
use super::query;
use crate::admission::BlockingPool;
use crate::error::{FieldError, FieldErrors, ServerResult};
use crate::limits::{INLINE_NAMES_MAX, LISTED_USERS_MAX};

/// Parses a selector as [`from_proto`] does; a long list is parsed on the blocking pool.
pub(crate) async fn read(
    pool: &BlockingPool,
    customer: &CustomerName,
    field: &str,
    given: Option<v1::UserSelector>,
) -> ServerResult<Result<Selector, FieldErrors>> {
    let names = match given.as_ref().and_then(|given| given.kind.as_ref()) {
        Some(Kind::Users(list)) => list.names.len(),
        Some(Kind::AllUsers(_) | Kind::Filter(_) | Kind::SavedSelection(_)) | None => 0,
    };
    if names <= INLINE_NAMES_MAX {
        return Ok(from_proto(customer, field, given));
    }
    let (customer, field) = (customer.clone(), field.to_owned());
    pool.run(move || from_proto(&customer, &field, given)).await
}

/// Parses a list of users as [`users`] does; a long list is parsed on the blocking pool.
pub(crate) async fn read_users(
    pool: &BlockingPool,
    customer: &CustomerName,
    field: &str,
    names: Vec<String>,
) -> ServerResult<Vec<UserId>> {
    let read = if names.len() <= INLINE_NAMES_MAX {
        users(customer, field, &names)
    } else {
        let (customer, field) = (customer.clone(), field.to_owned());
        pool.run(move || users(&customer, &field, &names)).await?
    };
    Ok(read?)
}

/// A selector with its [`meaning`]; for a long list it is computed on the blocking pool.
pub(crate) async fn with_meaning(
    pool: &BlockingPool,
    selector: Selector,
) -> ServerResult<(Selector, String)> {
    let find = |selector| {
        let meaning = meaning(&selector);
        (selector, meaning)
    };
    match &selector {
        Selector::Users(users) if users.len() > INLINE_NAMES_MAX => {
            pool.run(move || find(selector)).await
        }
        Selector::Users(_) | Selector::All | Selector::Filter(_) | Selector::Saved(_) => {
            Ok(find(selector))
        }
    }
}

/// Parses the selector in `field`, which selects users of `customer`.
pub(crate) fn from_proto(
    customer: &CustomerName,
    field: &str,
    given: Option<v1::UserSelector>,
) -> Result<Selector, FieldErrors> {
    match given.and_then(|selector| selector.kind) {
        None => Err(empty(field).into()),
        Some(Kind::AllUsers(v1::AllUsers {})) => Ok(Selector::All),
        Some(Kind::Users(list)) => {
            users(customer, &format!("{field}.users.names"), &list.names).map(Selector::Users)
        }
        Some(Kind::Filter(filter)) => {
            let field = format!("{field}.filter");
            match query::filter(&field, &filter)? {
                Some(filter) => Ok(Selector::Filter(filter)),
                None => Err(empty(&field).into()),
            }
        }
        Some(Kind::SavedSelection(given)) => {
            let field = format!("{field}.saved_selection");
            let selection: SelectionName = name(&field, &given)?;
            if selection.customer == customer.customer {
                Ok(Selector::Saved(selection.selection))
            } else {
                Err(foreign(&field, &given, customer).into())
            }
        }
    }
}

/// The canonical text of a selector, independent of how the request writes it. Page tokens are
/// bound to this text.
pub(crate) fn meaning(selector: &Selector) -> String {
    match selector {
        Selector::All => "all".to_owned(),
        Selector::Filter(filter) => format!("filter {filter}"),
        Selector::Saved(selection) => format!("saved {selection}"),
        Selector::Users(users) => {
            let mut digest = Sha256::new();
            for user in users {
                digest.update(user.as_str());
                // A space separates users, because identifiers have none.
                digest.update(" ");
            }
            format!("users {}", URL_SAFE_NO_PAD.encode(digest.finalize()))
        }
    }
}

/// Parses a list of users of `customer`; an empty list and a list that is too long are errors.
pub(crate) fn users(
    customer: &CustomerName,
    field: &str,
    names: &[String],
) -> Result<Vec<UserId>, FieldErrors> {
    if names.is_empty() {
        return Err(empty(field).into());
    }
    if names.len() > LISTED_USERS_MAX {
        return Err(too_long(field, names.len()).into());
    }
    let mut errors = FieldErrors::default();
    let mut users = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let user = user_of(customer, || format!("{field}[{index}]"), name);
        users.extend(errors.take(user));
        if errors.is_full() {
            break;
        }
    }
    errors.finish(users)
}

fn empty(field: &str) -> FieldError {
    FieldError::new(
        field,
        ErrorReason::EmptySelection,
        "selects no user; name at least one",
    )
}

fn too_long(field: &str, given: usize) -> FieldError {
    let description = format!(
        "has {given} users, at most {LISTED_USERS_MAX} are allowed; use a saved selection or \
         StreamBatchUpdateLicenses"
    );
    FieldError::new(field, ErrorReason::ListTooLong, description)
        .with("given", given)
        .with("maximum", LISTED_USERS_MAX)
        .with("alternative", "StreamBatchUpdateLicenses")
}
