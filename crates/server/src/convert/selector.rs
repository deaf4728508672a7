use seatkeeper_domain::{CustomerName, SelectionName, UserId};
use seatkeeper_engine::Selector;
use seatkeeper_proto::v1::{self, ErrorReason, user_selector::Kind};

use super::names::{foreign, name, user_of};
use super::query;
use crate::error::{FieldError, FieldErrors};
use crate::limits::LISTED_USERS_MAX;

/// Reads which users of `customer` are meant by the selector in `field`.
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

/// What a selection means, however it is written: what page tokens are bound to.
pub(crate) fn meaning(selector: &Selector) -> String {
    match selector {
        Selector::All => "all".to_owned(),
        Selector::Filter(filter) => format!("filter {filter}"),
        Selector::Saved(selection) => format!("saved {selection}"),
        Selector::Users(users) => {
            let users = users.iter().map(UserId::as_str);
            std::iter::once("users")
                .chain(users)
                .collect::<Vec<_>>()
                .join(" ")
        }
    }
}

/// Reads a list of users of `customer`: not empty, and not too long.
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
        if errors.len() == crate::limits::FIELD_ERRORS_TOLD_MAX {
            break;
        }
    }
    errors.finish(users)
}

fn empty(field: &str) -> FieldError {
    FieldError::new(
        field,
        ErrorReason::EmptySelection,
        "selects nobody; name at least one user",
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
