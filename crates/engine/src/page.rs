/// One page of a list, with how many there are in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The page's items.
    pub items: Vec<T>,
    /// Whether more follow.
    pub more: bool,
    /// How many there are over all pages.
    pub total: i64,
}

impl<T> Page<T> {
    /// Makes a page of `items`, of which one more than `limit` was asked for to see whether more
    /// follow.
    pub(crate) fn of(mut items: Vec<T>, limit: usize, total: i64) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        Self { items, more, total }
    }
}
