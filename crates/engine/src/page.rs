/// One page of a list, with the number of items over all pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The page's items.
    pub items: Vec<T>,
    /// Whether more items follow.
    pub more: bool,
    /// Number of items over all pages.
    pub total: i64,
}

impl<T> Page<T> {
    /// Builds a page from `items`, which were queried with a limit of `limit + 1` to see whether
    /// more follow.
    pub(crate) fn of(mut items: Vec<T>, limit: usize, total: i64) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        Self { items, more, total }
    }
}
