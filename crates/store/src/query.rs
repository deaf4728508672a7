use seatkeeper_domain::{
    ProductKey, Timestamp, User, UserFilter, UserKey, UserOrder, UserOrderField, fold_case,
};

/// One page of a customer's users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserPageQuery {
    /// The users to include; `None` for all.
    pub filter: Option<UserFilter>,
    /// The sort order; ties are broken by directory order, in the same direction.
    pub order: UserOrder,
    /// The cursor where the page begins or ends.
    pub start: PageStart<UserCursor>,
    /// The most users to return.
    pub limit: usize,
}

/// The position of a page, by keyset. Rows are returned in the query's order for every variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStart<C> {
    /// The first page.
    First,
    /// The page that begins directly after the cursor.
    After(C),
    /// The page that ends directly before the cursor.
    Before(C),
    /// The last page.
    Last,
}

impl<C> PageStart<C> {
    /// Whether the page is read backwards from its end.
    #[must_use]
    pub const fn is_backward(&self) -> bool {
        matches!(self, Self::Before(_) | Self::Last)
    }
}

/// A user's position in an order: the sort value, and the key that breaks ties.
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
    /// The users. A page that is defined by its end lists them backwards.
    pub users: Vec<UserKey>,
    /// The position of the last user, where the next page begins; `None` when the page is empty.
    pub end: Option<UserCursor>,
}

/// A range of a customer's users in directory order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SelectQuery {
    /// The users to include; `None` for all.
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
    /// Only licenses of these users; `None` for all users.
    pub users: Option<Vec<UserKey>>,
    /// Only licenses of this product; `None` for all products.
    pub product: Option<ProductKey>,
    /// Only licenses after this position.
    pub after: Option<(UserKey, ProductKey)>,
    /// The most licenses to return.
    pub limit: usize,
}
