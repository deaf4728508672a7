use std::collections::HashMap;
use std::hash::Hash;

/// Values by key, in the order in which the keys first appeared, up to a maximum.
#[derive(Debug, Clone)]
pub(super) struct Registry<K, V> {
    places: HashMap<K, usize>,
    entries: Vec<(K, V)>,
    max: usize,
    refused: usize,
}

impl<K: Clone + Eq + Hash, V: Default> Registry<K, V> {
    pub(super) fn new(max: usize) -> Self {
        Self {
            places: HashMap::new(),
            entries: Vec::new(),
            max,
            refused: 0,
        }
    }

    /// The place of `key`, a new one if need be; `None` when there is no room for it.
    pub(super) fn mention(&mut self, key: &K) -> Option<usize> {
        if let Some(&place) = self.places.get(key) {
            return Some(place);
        }
        if self.entries.len() == self.max {
            self.refused += 1;
            return None;
        }
        let place = self.entries.len();
        self.places.insert(key.clone(), place);
        self.entries.push((key.clone(), V::default()));
        Some(place)
    }

    pub(super) fn contains(&self, key: &K) -> bool {
        self.places.contains_key(key)
    }

    pub(super) fn entries(&self) -> &[(K, V)] {
        &self.entries
    }

    pub(super) fn key(&self, place: usize) -> &K {
        &self.entries[place].0
    }

    pub(super) fn value_mut(&mut self, place: usize) -> &mut V {
        &mut self.entries[place].1
    }

    /// How many keys found no room; one that came several times counts each time.
    pub(super) fn refused(&self) -> usize {
        self.refused
    }
}

/// A bounded set of places in a registry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Places {
    places: std::collections::BTreeSet<usize>,
    refused: usize,
}

impl Places {
    /// Adds a place, unless `max` others are there; whether it is new.
    pub(super) fn insert(&mut self, place: usize, max: usize) -> bool {
        if self.places.contains(&place) {
            return false;
        }
        if self.places.len() == max {
            self.refused += 1;
            return true;
        }
        self.places.insert(place)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.places.iter().copied()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many were given, the refused ones included.
    pub(super) fn given(&self) -> usize {
        self.places.len() + self.refused
    }
}
