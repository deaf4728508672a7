use std::collections::HashMap;
use std::hash::Hash;

/// Values by key, in order of the first use of each key, up to a maximum.
#[derive(Debug, Clone)]
pub(super) struct Registry<K, V> {
    indexes: HashMap<K, usize>,
    entries: Vec<(K, V)>,
    max: usize,
    refused: usize,
}

impl<K: Clone + Eq + Hash, V: Default> Registry<K, V> {
    pub(super) fn new(max: usize) -> Self {
        Self {
            indexes: HashMap::new(),
            entries: Vec::new(),
            max,
            refused: 0,
        }
    }

    /// The index of `key`, added if it is new; `None` if the registry is full.
    pub(super) fn mention(&mut self, key: &K) -> Option<usize> {
        if let Some(&index) = self.indexes.get(key) {
            return Some(index);
        }
        if self.entries.len() == self.max {
            self.refused += 1;
            return None;
        }
        let index = self.entries.len();
        self.indexes.insert(key.clone(), index);
        self.entries.push((key.clone(), V::default()));
        Some(index)
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.indexes.contains_key(key)
    }

    pub(super) fn entries(&self) -> &[(K, V)] {
        &self.entries
    }

    pub(super) fn key(&self, index: usize) -> &K {
        &self.entries[index].0
    }

    pub(super) fn value_mut(&mut self, index: usize) -> &mut V {
        &mut self.entries[index].1
    }

    /// How often a key was rejected because the registry was full; a repeated key counts each time.
    pub(super) fn refused(&self) -> usize {
        self.refused
    }
}

/// A bounded set of indexes into a registry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct IndexSet {
    indexes: std::collections::BTreeSet<usize>,
    refused: usize,
}

impl IndexSet {
    /// Adds an index unless the set already has `max` others. Returns whether the index is new.
    pub(super) fn insert(&mut self, index: usize, max: usize) -> bool {
        if self.indexes.contains(&index) {
            return false;
        }
        if self.indexes.len() == max {
            self.refused += 1;
            return true;
        }
        self.indexes.insert(index)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.indexes.iter().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.indexes.is_empty()
    }

    /// The number of indexes given, including rejected ones.
    pub(super) fn given(&self) -> usize {
        self.indexes.len() + self.refused
    }
}
