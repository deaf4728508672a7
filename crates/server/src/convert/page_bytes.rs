//! Ends a page early so that its response fits the message size that clients accept.

use prost::Message;
use prost::encoding::encoded_len_varint;
use seatkeeper_domain::User;
use seatkeeper_engine::{PageStart, UserPage};

use crate::limits::RESPONSE_MESSAGE_BYTES_MAX;

/// The bytes that the items of a response take.
#[derive(Debug, Default)]
pub(crate) struct PageBytes(usize);

impl PageBytes {
    /// Adds an item if it fits; the first item always fits.
    pub(crate) fn add(&mut self, item: &impl Message) -> bool {
        self.add_bytes(item.encoded_len())
    }

    /// Adds an item of this many bytes if it fits; the first item always fits.
    pub(crate) fn add_bytes(&mut self, item: usize) -> bool {
        // The key and the length of the item's field come first.
        let bytes = self.0 + 2 + encoded_len_varint(item as u64) + item;
        if self.0 > 0 && bytes > RESPONSE_MESSAGE_BYTES_MAX {
            return false;
        }
        self.0 = bytes;
        true
    }
}

/// Encodes the first items that fit one response. The flag says whether all items fit.
pub(crate) fn first_that_fit<T, M: Message>(
    items: impl IntoIterator<Item = T>,
    encode: impl FnMut(T) -> M,
) -> (Vec<M>, bool) {
    let (mut bytes, mut encoded) = (PageBytes::default(), Vec::new());
    for item in items.into_iter().map(encode) {
        if !bytes.add(&item) {
            return (encoded, false);
        }
        encoded.push(item);
    }
    (encoded, true)
}

/// Encodes the users of a page that fit one response, and removes the other users from the page. A
/// user for whom `encode` returns `None` stays on the page. A page that was read from its end keeps
/// the users at its end.
pub(crate) fn users_that_fit<T, M: Message>(
    page: &mut UserPage,
    start: PageEnd,
    parts: impl IntoIterator<Item = T>,
    encode: impl Fn(&User, T) -> Option<M>,
) -> Vec<M> {
    let users = page.users.iter().zip(parts);
    let mut items: Vec<Option<M>> = users.map(|(user, part)| encode(user, part)).collect();
    let sizes = items
        .iter()
        .map(|item| item.as_ref().map_or(0, M::encoded_len));
    let mut bytes = PageBytes::default();
    let mut fits = |size: &usize| bytes.add_bytes(*size);
    match start {
        PageEnd::First => {
            let fit = sizes.take_while(&mut fits).count();
            page.has_next |= fit < items.len();
            page.users.truncate(fit);
            items.truncate(fit);
        }
        PageEnd::Last => {
            let fit = sizes.rev().take_while(&mut fits).count();
            let cut = items.len() - fit;
            page.has_previous |= cut > 0;
            page.users.drain(..cut);
            items.drain(..cut);
        }
    }
    items.into_iter().flatten().collect()
}

/// The end of a page that was read first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageEnd {
    /// The page was read from its first user.
    First,
    /// The page was read from its last user.
    Last,
}

impl PageEnd {
    pub(crate) fn of<C>(start: &PageStart<C>) -> Self {
        match start {
            PageStart::First | PageStart::After(_) => Self::First,
            PageStart::Before(_) | PageStart::Last => Self::Last,
        }
    }
}

#[cfg(test)]
mod tests {
    use seatkeeper_domain::{Timestamp, UserId, UserKey, UserState};
    use seatkeeper_proto::v1::Customer;

    use super::*;

    const MIB: usize = 1024 * 1024;

    fn customers(count: usize, bytes: usize) -> Vec<Customer> {
        let display_name = "x".repeat(bytes);
        let customer = Customer {
            display_name,
            ..Customer::default()
        };
        vec![customer; count]
    }

    #[test]
    fn a_page_ends_before_it_has_too_many_bytes() {
        let (page, all) = first_that_fit(customers(5, MIB), |it| it);
        assert_eq!((page.len(), all), (2, false));
        let page = seatkeeper_proto::v1::ListCustomersResponse {
            customers: page,
            ..Default::default()
        };
        assert!(page.encoded_len() <= RESPONSE_MESSAGE_BYTES_MAX);
        assert!(first_that_fit(customers(5, 100), |it| it).1);
    }

    #[test]
    fn a_page_has_at_least_one_item() {
        let (page, all) = first_that_fit(customers(2, RESPONSE_MESSAGE_BYTES_MAX + 1), |it| it);
        assert_eq!((page.len(), all), (1, false));
    }

    fn page(users: i64) -> UserPage {
        let user = |key| User {
            key: UserKey(key),
            id: UserId::parse("ann").unwrap(),
            sign_in_name: "ann".to_owned(),
            display_name: String::new(),
            department: String::new(),
            job_title: String::new(),
            usage_location: None,
            state: UserState::Active,
            revision: 1,
            create_time: Timestamp::from_micros(1),
            update_time: Timestamp::from_micros(1),
        };
        UserPage {
            users: (1..=users).map(user).collect(),
            has_previous: false,
            has_next: false,
            total: users,
        }
    }

    fn keys(page: &UserPage) -> Vec<i64> {
        page.users.iter().map(|user| user.key.0).collect()
    }

    #[test]
    fn a_page_that_is_read_from_its_end_keeps_its_last_users() {
        let encode = |_: &User, part: Customer| Some(part);
        let mut forward = page(5);
        let encoded = users_that_fit(&mut forward, PageEnd::First, customers(5, MIB), encode);
        assert_eq!((encoded.len(), keys(&forward)), (2, vec![1, 2]));
        assert!(forward.has_next && !forward.has_previous);
        let mut backward = page(5);
        users_that_fit(&mut backward, PageEnd::Last, customers(5, MIB), encode);
        assert_eq!(keys(&backward), [4, 5]);
        assert!(backward.has_previous && !backward.has_next);
    }

    #[test]
    fn users_who_are_not_written_stay_on_the_page() {
        let mut all = page(3);
        let encoded = users_that_fit(&mut all, PageEnd::First, customers(3, 10), |user, part| {
            (user.key.0 != 2).then_some(part)
        });
        assert_eq!((encoded.len(), keys(&all)), (2, vec![1, 2, 3]));
    }
}
