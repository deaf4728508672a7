use seatkeeper_proto::v1::user_selector::Kind;
use seatkeeper_proto::v1::{AllUsers, UserList, UserSelector};

/// Users by name, in this order.
pub fn listed(names: impl IntoIterator<Item = String>) -> UserSelector {
    selector(Kind::Users(UserList {
        names: names.into_iter().collect(),
    }))
}

/// The users that match an expression.
pub fn filter(expression: &str) -> UserSelector {
    selector(Kind::Filter(expression.to_owned()))
}

/// Every user of the customer.
pub fn everyone() -> UserSelector {
    selector(Kind::AllUsers(AllUsers {}))
}

/// The users of a saved selection.
pub fn saved(name: &str) -> UserSelector {
    selector(Kind::SavedSelection(name.to_owned()))
}

fn selector(kind: Kind) -> UserSelector {
    UserSelector { kind: Some(kind) }
}
