use std::collections::HashMap;
use std::hash::Hash;

/// Positions of a list's entries, by key and by identifier.
#[derive(Debug)]
pub(super) struct Index<Id> {
    by_key: Vec<Option<usize>>,
    by_id: HashMap<Id, usize>,
}

impl<Id: Eq + Hash> Index<Id> {
    /// Indexes entries given as key and identifier, in the list's order.
    pub(super) fn new(entries: impl Iterator<Item = (usize, Id)>) -> Self {
        let mut by_key = Vec::new();
        let mut by_id = HashMap::new();
        for (index, (key, id)) in entries.enumerate() {
            *slot(&mut by_key, key) = Some(index);
            by_id.insert(id, index);
        }
        Self { by_key, by_id }
    }

    pub(super) fn by_key(&self, key: usize) -> Option<usize> {
        self.by_key.get(key).copied().flatten()
    }

    pub(super) fn by_id(&self, id: &Id) -> Option<usize> {
        self.by_id.get(id).copied()
    }
}

/// The entry at `index`; grows the table if necessary. Keys count from 0 without large gaps, so
/// tables by key stay small.
pub(super) fn slot<T: Clone + Default>(table: &mut Vec<T>, index: usize) -> &mut T {
    if index >= table.len() {
        table.resize(index + 1, T::default());
    }
    &mut table[index]
}
