use prost::Message;
use seatkeeper_domain::{
    ProductKey, Timestamp, User, UserKey, UserOrder, UserOrderField, WaitlistEntry, WaitlistPlace,
    fold_case,
};
use seatkeeper_engine::{PageStart, UserCursor, UserPage};

use super::{Binding, Place};

/// A place in a list that is ordered by identifier.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AfterId {
    /// The last identifier told.
    #[prost(string, tag = "1")]
    pub(crate) id: String,
}

impl Place for AfterId {}

/// A place in a list that is ordered by number.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AfterNumber {
    /// The last number told.
    #[prost(sint64, tag = "1")]
    pub(crate) number: i64,
}

impl Place for AfterNumber {
    /// Numbers count up from zero, or are keys, which count up from 1.
    fn is_valid(&self) -> bool {
        self.number >= 0
    }
}

/// A place in a journal, of which large entries come in parts.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct AfterPart {
    /// The last entry told completely.
    #[prost(int64, tag = "1")]
    pub(crate) sequence: i64,
    /// How many parts of the next one were told.
    #[prost(int32, tag = "2")]
    pub(crate) parts: i32,
}

impl Place for AfterPart {
    fn is_valid(&self) -> bool {
        self.sequence >= 0 && self.parts >= 0
    }
}

/// A place in a list of licenses.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AfterLicense {
    #[prost(int64, tag = "1")]
    user: i64,
    #[prost(uint32, tag = "2")]
    product: u32,
}

impl AfterLicense {
    pub(crate) fn new((user, product): (UserKey, ProductKey)) -> Self {
        Self {
            user: user.0,
            product: product.0,
        }
    }

    pub(crate) fn place(&self) -> (UserKey, ProductKey) {
        (UserKey(self.user), ProductKey(self.product))
    }
}

impl Place for AfterLicense {
    fn is_valid(&self) -> bool {
        is_product_key(self.product) && is_user_key(self.user)
    }
}

/// A place in a list of waitlist entries.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AfterWaitlistEntry {
    #[prost(uint32, tag = "1")]
    product: u32,
    #[prost(sint32, tag = "2")]
    rank: i32,
    #[prost(int64, tag = "3")]
    sequence: i64,
}

impl AfterWaitlistEntry {
    pub(crate) fn new(entry: &WaitlistEntry) -> Self {
        Self {
            product: entry.product.0,
            rank: entry.place.rank,
            sequence: entry.place.sequence,
        }
    }

    pub(crate) fn place(&self) -> (ProductKey, WaitlistPlace) {
        let place = WaitlistPlace {
            rank: self.rank,
            sequence: self.sequence,
        };
        (ProductKey(self.product), place)
    }
}

impl Place for AfterWaitlistEntry {
    fn is_valid(&self) -> bool {
        is_product_key(self.product)
    }
}

/// Whether a product can have this key: databases keep 31 bits.
fn is_product_key(key: u32) -> bool {
    i32::try_from(key).is_ok()
}

/// Whether a user can have this key: they count up from 1, far from the end of the range.
fn is_user_key(key: i64) -> bool {
    (0..=i64::MAX / 2).contains(&key)
}

/// A page of users: the first, the last, or one beside a user.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct UserPlace {
    #[prost(enumeration = "Side", tag = "1")]
    side: i32,
    #[prost(int64, tag = "2")]
    key: i64,
    #[prost(string, tag = "3")]
    text: String,
    #[prost(sint64, tag = "4")]
    time: i64,
}

/// On which side of a user, or at which end of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum Side {
    /// The first page.
    First = 0,
    /// What follows the user.
    After = 1,
    /// What comes before the user.
    Before = 2,
    /// The last page.
    Last = 3,
}

impl UserPlace {
    /// The page on one side of `user`; the end of the list on that side when there is no user.
    pub(crate) fn beside(side: Side, user: Option<&User>, order: UserOrder) -> Self {
        let Some(user) = user else {
            return Self::end(side);
        };
        let mut place = Self {
            side: side.into(),
            key: user.key.0,
            ..Self::default()
        };
        match order.field {
            UserOrderField::DirectoryOrder => {}
            UserOrderField::DisplayName => place.text = fold_case(&user.display_name),
            UserOrderField::PrincipalName => place.text = fold_case(&user.principal_name),
            UserOrderField::UpdateTime => place.time = user.update_time.as_micros(),
        }
        place
    }

    /// The page at an end of the list.
    pub(crate) fn end(side: Side) -> Self {
        let end = match side {
            Side::First | Side::After => Side::First,
            Side::Before | Side::Last => Side::Last,
        };
        Self {
            side: end.into(),
            ..Self::default()
        }
    }

    /// Where the page starts in lists of `order`.
    pub(crate) fn start(self, order: UserOrder) -> PageStart<UserCursor> {
        let side = self.side();
        let key = UserKey(self.key);
        let cursor = match order.field {
            UserOrderField::DirectoryOrder => UserCursor::Directory(key),
            UserOrderField::DisplayName | UserOrderField::PrincipalName => {
                UserCursor::Text(self.text, key)
            }
            UserOrderField::UpdateTime => UserCursor::Time(Timestamp::from_micros(self.time), key),
        };
        match side {
            Side::First => PageStart::First,
            Side::After => PageStart::After(cursor),
            Side::Before => PageStart::Before(cursor),
            Side::Last => PageStart::Last,
        }
    }
}

impl Place for UserPlace {
    /// A side that is unknown would be read as the first page. PostgreSQL refuses a text with
    /// U+0000; no user's name has a control character.
    fn is_valid(&self) -> bool {
        Side::try_from(self.side).is_ok()
            && is_user_key(self.key)
            && !self.text.contains(char::is_control)
    }
}

/// The tokens beside a page of users, and those of the ends of the list.
pub(crate) struct UserTokens {
    pub(crate) next: String,
    pub(crate) previous: String,
    pub(crate) first: String,
    pub(crate) last: String,
}

impl UserTokens {
    pub(crate) fn of(binding: &Binding, page: &UserPage, order: UserOrder) -> Self {
        let beside = |exists, side, user| {
            if exists {
                binding.token(&UserPlace::beside(side, user, order))
            } else {
                String::new()
            }
        };
        Self {
            next: beside(page.has_next, Side::After, page.users.last()),
            previous: beside(page.has_previous, Side::Before, page.users.first()),
            first: binding.token(&UserPlace::end(Side::First)),
            last: binding.token(&UserPlace::end(Side::Last)),
        }
    }
}
