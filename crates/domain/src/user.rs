use crate::{Timestamp, UsageLocation, UserId, UserKey};

/// Whether a user may gain licenses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserState {
    /// May gain and lose licenses.
    Active,
    /// May lose licenses but not gain them.
    Blocked,
}

/// A person in a customer's directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its surrogate within the customer.
    pub key: UserKey,
    /// The caller's identifier.
    pub id: UserId,
    /// The sign-in name; not checked for uniqueness, directories differ.
    pub sign_in_name: String,
    /// For people.
    pub display_name: String,
    /// Empty when unknown.
    pub department: String,
    /// Empty when unknown.
    pub job_title: String,
    /// Where the user uses the products; without it nothing can be assigned.
    pub usage_location: Option<UsageLocation>,
    /// Whether the user may gain licenses.
    pub state: UserState,
    /// Counts the changes to the user's own fields; the source of its etag.
    pub revision: i64,
    /// When it was created.
    pub create_time: Timestamp,
    /// When its own fields last changed.
    pub update_time: Timestamp,
}

/// What the rules need to know of a user besides the licenses held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserFacts {
    /// Whether the user may gain licenses.
    pub state: UserState,
    /// Where the user uses the products.
    pub usage_location: Option<UsageLocation>,
}
