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
    /// The surrogate key within the customer.
    pub key: UserKey,
    /// The caller's identifier.
    pub id: UserId,
    /// The sign-in name; not checked for uniqueness because directories differ.
    pub sign_in_name: String,
    /// Name shown to people.
    pub display_name: String,
    /// Empty when unknown.
    pub department: String,
    /// Empty when unknown.
    pub job_title: String,
    /// The country where the user works with the products; without it no product can be assigned.
    pub usage_location: Option<UsageLocation>,
    /// Whether the user may gain licenses.
    pub state: UserState,
    /// Number of changes to the user's own fields; the source of its etag.
    pub revision: i64,
    /// When it was created.
    pub create_time: Timestamp,
    /// When its own fields last changed.
    pub update_time: Timestamp,
}

/// The data of a user that rules need, apart from the licenses held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct UserFacts {
    /// Whether the user may gain licenses.
    pub state: UserState,
    /// The country where the user works with the products.
    pub usage_location: Option<UsageLocation>,
}
