use std::time::Duration;

use prost_types::Duration as ProtoDuration;
use seatkeeper_domain::{CustomerName, Selection, SelectionId, UserId};
use seatkeeper_engine::{CreateSelection, ResolvedUsers};
use seatkeeper_proto::v1;

use super::mask::Mask;
use super::names::{self, optional_id};
use super::text::text;
use super::{etag, time};
use crate::error::{FieldError, FieldErrors};
use crate::limits::{SELECTION_IDLE_MAX, SELECTION_IDLE_MIN};

/// The fields of a selection that an update can change.
pub(crate) const MASKABLE: [&str; 2] = ["display_name", "idle_ttl"];

/// New values for the fields of a selection; `None` leaves a field as it is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Patch {
    pub(crate) display_name: Option<String>,
    pub(crate) idle_ttl_micros: Option<i64>,
}

pub(crate) fn to_proto(customer: &CustomerName, selection: &Selection) -> v1::Selection {
    v1::Selection {
        name: names::selection(&customer.customer, &selection.id),
        display_name: selection.display_name.clone(),
        idle_ttl: Some(duration(selection.idle_ttl_micros)),
        user_count: selection.user_count,
        expire_time: Some(time::to_proto(selection.expire_time)),
        create_time: Some(time::to_proto(selection.create_time)),
        update_time: Some(time::to_proto(selection.update_time)),
        etag: etag::of(selection.revision),
    }
}

/// Counts the users in the request; `changed` is how many the selection gained or lost.
pub(crate) fn summary(
    customer: &CustomerName,
    resolved: &ResolvedUsers,
    changed: i64,
) -> v1::SelectionUserSummary {
    let name = |id: &UserId| names::user(&customer.customer, id);
    v1::SelectionUserSummary {
        given_count: resolved.given,
        changed_count: changed,
        duplicate_count: resolved.duplicates,
        unknown_count: resolved.unknown,
        unknown_users: resolved.first_unknown.iter().map(name).collect(),
    }
}

/// Parses a selection to create. `outer` is the field path of the enclosing message.
pub(crate) fn new(
    customer: &CustomerName,
    outer: &str,
    id: &str,
    given: Option<&v1::Selection>,
) -> Result<CreateSelection, FieldErrors> {
    let inside = |errors: FieldErrors| match outer {
        "" => errors,
        outer => errors.inside(outer),
    };
    let mut errors = FieldErrors::default();
    let id = errors.take(optional_id::<SelectionId>("selection_id", id));
    let fields = match given {
        Some(given) => errors.take(patch(given, &Mask::Given)),
        None => Some(Patch::default()),
    };
    let (Some(id), Some(fields)) = (id, fields) else {
        return Err(inside(errors));
    };
    Ok(CreateSelection {
        customer: customer.customer.clone(),
        id,
        display_name: fields.display_name.unwrap_or_default(),
        idle_ttl_micros: fields.idle_ttl_micros,
    })
}

/// Parses the fields of `selection` that the mask names.
pub(crate) fn patch(given: &v1::Selection, mask: &Mask) -> Result<Patch, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut patch = Patch::default();
    if mask.has("display_name", !given.display_name.is_empty()) {
        patch.display_name = errors.take(text("selection.display_name", &given.display_name));
    }
    if mask.has("idle_ttl", given.idle_ttl.is_some()) {
        patch.idle_ttl_micros = errors.take(idle_ttl(given.idle_ttl.as_ref()));
    }
    errors.finish(patch)
}

fn idle_ttl(given: Option<&ProtoDuration>) -> Result<i64, FieldError> {
    let field = "selection.idle_ttl";
    let Some(given) = given else {
        return Err(FieldError::invalid(field, "must be set"));
    };
    let micros = i128::from(given.seconds) * 1_000_000 + i128::from(given.nanos / 1_000);
    let bounds = micros_of(SELECTION_IDLE_MIN)..=micros_of(SELECTION_IDLE_MAX);
    match i64::try_from(micros) {
        Ok(micros) if bounds.contains(&micros) => Ok(micros),
        Ok(_) | Err(_) => Err(FieldError::invalid(field, "must be 1 minute to 30 days")
            .with("given_seconds", given.seconds)
            .with("minimum_seconds", SELECTION_IDLE_MIN.as_secs())
            .with("maximum_seconds", SELECTION_IDLE_MAX.as_secs())),
    }
}

fn micros_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).expect("a month is few microseconds")
}

fn duration(micros: i64) -> ProtoDuration {
    let nanos = micros % 1_000_000 * 1_000;
    ProtoDuration {
        seconds: micros / 1_000_000,
        nanos: i32::try_from(nanos).expect("less than a second"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(seconds: i64, nanos: i32) -> ProtoDuration {
        ProtoDuration { seconds, nanos }
    }

    #[test]
    fn an_idle_time_is_a_minute_to_thirty_days() {
        let ttl = |given: ProtoDuration| idle_ttl(Some(&given)).ok();
        assert_eq!(ttl(given(60, 0)), Some(60_000_000));
        assert_eq!(ttl(given(59, 999_999_999)), None);
        assert_eq!(ttl(given(30 * 86_400, 0)), Some(30 * 86_400_000_000));
        assert_eq!(ttl(given(30 * 86_400, 1_000)), None);
        assert_eq!(ttl(given(i64::MAX, 0)), None);
        assert_eq!(ttl(given(-60, 0)), None);
        assert!(idle_ttl(None).is_err());
    }

    #[test]
    fn an_idle_time_survives_the_way_there_and_back() {
        assert_eq!(duration(61_500_000), given(61, 500_000_000));
    }
}
