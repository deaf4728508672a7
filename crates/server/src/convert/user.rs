use seatkeeper_domain::{CustomerId, UsageLocation, User, UserState};
use seatkeeper_engine::{UserFields, UserPatch};
use seatkeeper_proto::v1;

use super::mask::Mask;
use super::text::{required_text, text};
use super::{etag, names, time};
use crate::error::{FieldError, FieldErrors};

/// The fields of a user that an update mask can name.
pub(crate) const MASKABLE: [&str; 6] = [
    "sign_in_name",
    "display_name",
    "department",
    "job_title",
    "usage_location",
    "state",
];

pub(crate) fn to_proto(customer: &CustomerId, user: &User) -> v1::User {
    v1::User {
        name: names::user(customer, &user.id),
        sign_in_name: user.sign_in_name.clone(),
        display_name: user.display_name.clone(),
        department: user.department.clone(),
        job_title: user.job_title.clone(),
        usage_location: user
            .usage_location
            .map_or_else(String::new, |location| location.as_str().to_owned()),
        state: state_to_proto(user.state).into(),
        create_time: Some(time::to_proto(user.create_time)),
        update_time: Some(time::to_proto(user.update_time)),
        etag: etag::of(user.revision),
    }
}

/// The fields of a user to be created or imported. Field paths are those inside the user.
pub(crate) fn fields(user: &v1::User) -> Result<UserFields, FieldErrors> {
    let mut errors = FieldErrors::default();
    let sign_in_name = errors.take(required_text("sign_in_name", &user.sign_in_name));
    let display_name = errors.take(text("display_name", &user.display_name));
    let department = errors.take(text("department", &user.department));
    let job_title = errors.take(text("job_title", &user.job_title));
    let usage_location = errors.take(usage_location(&user.usage_location));
    let state = errors.take(state(user.state));
    match (
        sign_in_name,
        display_name,
        department,
        job_title,
        usage_location,
        state,
    ) {
        (
            Some(sign_in_name),
            Some(display_name),
            Some(department),
            Some(job_title),
            Some(usage_location),
            Some(state),
        ) => Ok(UserFields {
            sign_in_name,
            display_name,
            department,
            job_title,
            usage_location,
            state,
        }),
        _ => Err(errors),
    }
}

/// What an update changes. Field paths are those inside the user.
pub(crate) fn patch(user: &v1::User, mask: &Mask) -> Result<UserPatch, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut patch = UserPatch::default();
    if mask.has("sign_in_name", !user.sign_in_name.is_empty()) {
        patch.sign_in_name = errors.take(required_text("sign_in_name", &user.sign_in_name));
    }
    if mask.has("display_name", !user.display_name.is_empty()) {
        patch.display_name = errors.take(text("display_name", &user.display_name));
    }
    if mask.has("department", !user.department.is_empty()) {
        patch.department = errors.take(text("department", &user.department));
    }
    if mask.has("job_title", !user.job_title.is_empty()) {
        patch.job_title = errors.take(text("job_title", &user.job_title));
    }
    if mask.has("usage_location", !user.usage_location.is_empty()) {
        patch.usage_location = errors.take(usage_location(&user.usage_location));
    }
    if mask.has("state", user.state != 0) {
        patch.state = errors.take(state(user.state));
    }
    errors.finish(patch)
}

fn usage_location(given: &str) -> Result<Option<UsageLocation>, FieldError> {
    if given.is_empty() {
        return Ok(None);
    }
    UsageLocation::parse(given)
        .map(Some)
        .map_err(|error| FieldError::invalid("usage_location", error.to_string()))
}

fn state(given: i32) -> Result<UserState, FieldError> {
    match v1::user::State::try_from(given) {
        Ok(v1::user::State::Unspecified | v1::user::State::Active) => Ok(UserState::Active),
        Ok(v1::user::State::Blocked) => Ok(UserState::Blocked),
        Err(_) => Err(super::policy::unknown_value("state", given)),
    }
}

fn state_to_proto(state: UserState) -> v1::user::State {
    match state {
        UserState::Active => v1::user::State::Active,
        UserState::Blocked => v1::user::State::Blocked,
    }
}

#[cfg(test)]
mod tests {
    use seatkeeper_domain::{Timestamp, UserId, UserKey};

    use super::*;

    fn ann() -> User {
        User {
            key: UserKey(1),
            id: UserId::parse("ann").unwrap(),
            sign_in_name: "ann@contoso.com".to_owned(),
            display_name: "Ann".to_owned(),
            department: "Sales".to_owned(),
            job_title: String::new(),
            usage_location: Some(UsageLocation::parse("CH").unwrap()),
            state: UserState::Blocked,
            revision: 3,
            create_time: Timestamp::from_micros(1),
            update_time: Timestamp::from_micros(2),
        }
    }

    fn contoso() -> CustomerId {
        CustomerId::parse("contoso").unwrap()
    }

    #[test]
    fn the_fields_of_a_user_survive_the_way_there_and_back() {
        let user = ann();
        let fields = fields(&to_proto(&contoso(), &user)).unwrap();
        assert_eq!(fields.sign_in_name, user.sign_in_name);
        assert_eq!(fields.department, user.department);
        assert_eq!(fields.usage_location, user.usage_location);
        assert_eq!(fields.state, user.state);
    }

    #[test]
    fn all_wrong_fields_are_reported_together() {
        let user = v1::User {
            usage_location: "CHE".to_owned(),
            state: 17,
            display_name: "x".repeat(257),
            ..v1::User::default()
        };
        let errors = fields(&user).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(
            fields,
            ["sign_in_name", "display_name", "usage_location", "state"]
        );
    }

    #[test]
    fn a_named_field_without_a_value_is_emptied() {
        let mask = Mask::Named(vec!["usage_location".to_owned(), "department".to_owned()]);
        let patch = patch(&v1::User::default(), &mask).unwrap();
        assert_eq!(patch.usage_location, Some(None));
        assert_eq!(patch.department, Some(String::new()));
        assert_eq!(patch.display_name, None);
    }
}
