use seatkeeper_domain::{
    ProductKey, Timestamp, User, UserFilter, UserKey, UserOrder, UserOrderField, fold_case,
};

/// One page of a customer's users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPageQuery {
    /// Which users; `None` for all.
    pub filter: Option<UserFilter>,
    /// In which order; ties are broken by directory order, in the same direction.
    pub order: UserOrder,
    /// Where the page is.
    pub start: PageStart<UserCursor>,
    /// The most users to return.
    pub limit: usize,
}

/// Where a page is, by keyset. Whatever the start, rows come back in the order asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStart<C> {
    /// The first page.
    First,
    /// What follows the cursor.
    After(C),
    /// What comes directly before the cursor.
    Before(C),
    /// The last page.
    Last,
}

impl<C> PageStart<C> {
    /// Whether the page ends where the start is, so that it is read from there backwards.
    #[must_use]
    pub const fn is_backward(&self) -> bool {
        matches!(self, Self::Before(_) | Self::Last)
    }
}

/// A user's position in an order: the value sorted by, and the key that breaks ties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UserCursor {
    /// A position in directory order.
    Directory(UserKey),
    /// A position in an order by text, folded to ASCII lower case.
    Text(String, UserKey),
    /// A position in an order by time.
    Time(Timestamp, UserKey),
}

impl UserCursor {
    /// The position of `user` in `order`.
    #[must_use]
    pub fn of(user: &User, order: UserOrder) -> Self {
        match order.field {
            UserOrderField::DirectoryOrder => Self::Directory(user.key),
            UserOrderField::DisplayName => Self::Text(fold_case(&user.display_name), user.key),
            UserOrderField::SignInName => Self::Text(fold_case(&user.sign_in_name), user.key),
            UserOrderField::UpdateTime => Self::Time(user.update_time, user.key),
        }
    }
}

/// A page of the keys of a customer's users in an order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserKeysPage {
    /// The users, in the direction in which the page is read: backwards from where it ends.
    pub users: Vec<UserKey>,
    /// The position of the last of them, from where one may go on; `None` when there are none.
    pub end: Option<UserCursor>,
}

/// A stretch of a customer's users in directory order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectQuery {
    /// Which users; `None` for all.
    pub filter: Option<UserFilter>,
    /// Only users after this one; `UserKey(0)` to start.
    pub after: UserKey,
    /// Only users up to and including this one.
    pub up_to: UserKey,
    /// The most users to return.
    pub limit: usize,
}

/// One page of a customer's licenses, by user in directory order, then by product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicensePageQuery {
    /// Only these users'; `None` for everyone's.
    pub users: Option<Vec<UserKey>>,
    /// Only of this product; `None` for all.
    pub product: Option<ProductKey>,
    /// Only licenses after this position.
    pub after: Option<(UserKey, ProductKey)>,
    /// The most licenses to return.
    pub limit: usize,
}
