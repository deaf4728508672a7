use prost::Message;
use seatkeeper_domain::{
    ProductKey, Timestamp, User, UserKey, UserOrder, UserOrderField, WaitlistEntry,
    WaitlistSortKey, fold_case,
};
use seatkeeper_engine::{PageStart, UserCursor, UserPage};

use super::{Cursor, TokenScope};

/// A cursor in a list that is ordered by identifier.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AfterId {
    /// The last identifier sent.
    #[prost(string, tag = "1")]
    pub(crate) id: String,
}

impl Cursor for AfterId {}

/// A cursor in a list that is ordered by number.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct AfterNumber {
    /// The last number sent.
    #[prost(sint64, tag = "1")]
    pub(crate) number: i64,
}

impl Cursor for AfterNumber {
    /// Numbers count from zero; keys count from 1.
    fn is_valid(&self) -> bool {
        self.number >= 0
    }
}

/// A cursor in a journal, where large entries have several parts.
#[derive(Clone, Copy, PartialEq, Message)]
pub(crate) struct AfterPart {
    /// The last entry that was sent completely.
    #[prost(int64, tag = "1")]
    pub(crate) sequence: i64,
    /// How many parts of the next entry were sent.
    #[prost(int32, tag = "2")]
    pub(crate) parts: i32,
}

impl Cursor for AfterPart {
    fn is_valid(&self) -> bool {
        self.sequence >= 0 && self.parts >= 0
    }
}

/// A cursor in a list of licenses.
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

    pub(crate) fn key(&self) -> (UserKey, ProductKey) {
        (UserKey(self.user), ProductKey(self.product))
    }
}

impl Cursor for AfterLicense {
    fn is_valid(&self) -> bool {
        is_product_key(self.product) && is_user_key(self.user)
    }
}

/// A cursor in a list of waitlist entries.
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
            rank: entry.sort_key.rank,
            sequence: entry.sort_key.sequence,
        }
    }

    pub(crate) fn position(&self) -> (ProductKey, WaitlistSortKey) {
        let position = WaitlistSortKey {
            rank: self.rank,
            sequence: self.sequence,
        };
        (ProductKey(self.product), position)
    }
}

impl Cursor for AfterWaitlistEntry {
    fn is_valid(&self) -> bool {
        is_product_key(self.product)
    }
}

/// Whether a product can have this key: the database stores 31 bits.
fn is_product_key(key: u32) -> bool {
    i32::try_from(key).is_ok()
}

/// Whether a user can have this key: keys count from 1 and stay far from the end of the range.
fn is_user_key(key: i64) -> bool {
    (0..=i64::MAX / 2).contains(&key)
}

/// A page of users: the first page, the last page, or a page next to a user.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct UserPageCursor {
    #[prost(enumeration = "PageAnchor", tag = "1")]
    anchor: i32,
    #[prost(int64, tag = "2")]
    key: i64,
    #[prost(string, tag = "3")]
    text: String,
    #[prost(sint64, tag = "4")]
    time: i64,
}

/// Where a page starts: next to a user, or at an end of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, prost::Enumeration)]
#[repr(i32)]
pub(crate) enum PageAnchor {
    /// The first page.
    First = 0,
    /// The page after the user.
    After = 1,
    /// The page before the user.
    Before = 2,
    /// The last page.
    Last = 3,
}

impl UserPageCursor {
    /// The page before or after `user`; without a user, the first or the last page.
    pub(crate) fn adjacent(anchor: PageAnchor, user: Option<&User>, order: UserOrder) -> Self {
        let Some(user) = user else {
            return Self::end(anchor);
        };
        let mut cursor = Self {
            anchor: anchor.into(),
            key: user.key.0,
            ..Self::default()
        };
        match order.field {
            UserOrderField::DirectoryOrder => {}
            UserOrderField::DisplayName => cursor.text = fold_case(&user.display_name),
            UserOrderField::SignInName => cursor.text = fold_case(&user.sign_in_name),
            UserOrderField::UpdateTime => cursor.time = user.update_time.as_micros(),
        }
        cursor
    }

    /// The page at an end of the list.
    pub(crate) fn end(anchor: PageAnchor) -> Self {
        let end = match anchor {
            PageAnchor::First | PageAnchor::After => PageAnchor::First,
            PageAnchor::Before | PageAnchor::Last => PageAnchor::Last,
        };
        Self {
            anchor: end.into(),
            ..Self::default()
        }
    }

    /// Where the page starts in lists of `order`.
    pub(crate) fn start(self, order: UserOrder) -> PageStart<UserCursor> {
        let anchor = self.anchor();
        let key = UserKey(self.key);
        let cursor = match order.field {
            UserOrderField::DirectoryOrder => UserCursor::Directory(key),
            UserOrderField::DisplayName | UserOrderField::SignInName => {
                UserCursor::Text(self.text, key)
            }
            UserOrderField::UpdateTime => UserCursor::Time(Timestamp::from_micros(self.time), key),
        };
        match anchor {
            PageAnchor::First => PageStart::First,
            PageAnchor::After => PageStart::After(cursor),
            PageAnchor::Before => PageStart::Before(cursor),
            PageAnchor::Last => PageStart::Last,
        }
    }
}

impl Cursor for UserPageCursor {
    /// An unknown anchor would decode as the first page. PostgreSQL rejects a text with U+0000, and
    /// no user's name has a control character.
    fn is_valid(&self) -> bool {
        PageAnchor::try_from(self.anchor).is_ok()
            && is_user_key(self.key)
            && !self.text.contains(char::is_control)
    }
}

/// The tokens of the previous and the next page of users, and of the ends of the list.
pub(crate) struct UserTokens {
    pub(crate) next: String,
    pub(crate) previous: String,
    pub(crate) first: String,
    pub(crate) last: String,
}

impl UserTokens {
    pub(crate) fn of(scope: &TokenScope, page: &UserPage, order: UserOrder) -> Self {
        let adjacent = |exists, anchor, user| {
            if exists {
                scope.token(&UserPageCursor::adjacent(anchor, user, order))
            } else {
                String::new()
            }
        };
        Self {
            next: adjacent(page.has_next, PageAnchor::After, page.users.last()),
            previous: adjacent(page.has_previous, PageAnchor::Before, page.users.first()),
            first: scope.token(&UserPageCursor::end(PageAnchor::First)),
            last: scope.token(&UserPageCursor::end(PageAnchor::Last)),
        }
    }
}
