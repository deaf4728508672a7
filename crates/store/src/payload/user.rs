use seatkeeper_domain::{Timestamp, UsageLocation, User, UserId, UserKey, UserState};

use super::{Malformed, parsed};

/// A user in a journal entry.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct UserPayload {
    #[prost(int64, tag = "1")]
    key: i64,
    #[prost(string, tag = "2")]
    id: String,
    #[prost(string, tag = "3")]
    sign_in_name: String,
    #[prost(string, tag = "4")]
    display_name: String,
    #[prost(string, tag = "5")]
    department: String,
    #[prost(string, tag = "6")]
    job_title: String,
    /// Empty when unknown.
    #[prost(string, tag = "7")]
    usage_location: String,
    #[prost(bool, tag = "8")]
    blocked: bool,
    #[prost(int64, tag = "9")]
    revision: i64,
    #[prost(int64, tag = "10")]
    create_time: i64,
    #[prost(int64, tag = "11")]
    update_time: i64,
}

impl From<&User> for UserPayload {
    fn from(user: &User) -> Self {
        Self {
            key: user.key.0,
            id: user.id.as_str().to_owned(),
            sign_in_name: user.sign_in_name.clone(),
            display_name: user.display_name.clone(),
            department: user.department.clone(),
            job_title: user.job_title.clone(),
            usage_location: location_text(user.usage_location),
            blocked: user.state == UserState::Blocked,
            revision: user.revision,
            create_time: user.create_time.as_micros(),
            update_time: user.update_time.as_micros(),
        }
    }
}

impl TryFrom<UserPayload> for User {
    type Error = Malformed;

    fn try_from(payload: UserPayload) -> Result<Self, Malformed> {
        Ok(Self {
            key: UserKey(payload.key),
            id: parsed(&payload.id, |text| UserId::parse(text).ok())?,
            sign_in_name: payload.sign_in_name,
            display_name: payload.display_name,
            department: payload.department,
            job_title: payload.job_title,
            usage_location: known_location(&payload.usage_location)?,
            state: if payload.blocked {
                UserState::Blocked
            } else {
                UserState::Active
            },
            revision: payload.revision,
            create_time: Timestamp::from_micros(payload.create_time),
            update_time: Timestamp::from_micros(payload.update_time),
        })
    }
}

/// The code; empty when unknown.
fn location_text(location: Option<UsageLocation>) -> String {
    location.map_or_else(String::new, |location| location.as_str().to_owned())
}

fn known_location(text: &str) -> Result<Option<UsageLocation>, Malformed> {
    if text.is_empty() {
        return Ok(None);
    }
    location(text).map(Some)
}

pub(super) fn location(text: &str) -> Result<UsageLocation, Malformed> {
    UsageLocation::parse(text).map_err(|error| Malformed::new(error.to_string()))
}
