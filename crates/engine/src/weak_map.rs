use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The least number of entries before dropped values are removed. The removal runs when the map is
/// at capacity.
const SWEEP_LENGTH_MIN: usize = 1_024;

/// Values by key. The map holds weak references: a value lives as long as a caller holds it.
pub(crate) struct WeakMap<K, V> {
    values: Mutex<HashMap<K, Weak<V>>>,
}

impl<K, V> Default for WeakMap<K, V> {
    fn default() -> Self {
        Self {
            values: Mutex::default(),
        }
    }
}

impl<K: Eq + Hash + Clone, V> WeakMap<K, V> {
    /// The live value of `key`; `None` when no caller holds one.
    pub(crate) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values().get(key).and_then(Weak::upgrade)
    }

    /// The live value of `key`, or a new one.
    pub(crate) fn get_or(&self, key: &K, new: impl FnOnce() -> V) -> Arc<V> {
        let mut values = self.values();
        if let Some(value) = values.get(key).and_then(Weak::upgrade) {
            return value;
        }
        if values.len() >= SWEEP_LENGTH_MIN && values.len() == values.capacity() {
            values.retain(|_, value| value.strong_count() > 0);
        }
        let value = Arc::new(new());
        values.insert(key.clone(), Arc::downgrade(&value));
        value
    }

    /// All live values, in no order.
    pub(crate) fn all(&self) -> Vec<(K, Arc<V>)> {
        let values = self.values();
        let held = values.iter();
        held.filter_map(|(key, value)| Some((key.clone(), value.upgrade()?)))
            .collect()
    }

    fn values(&self) -> MutexGuard<'_, HashMap<K, Weak<V>>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_shared_while_it_has_a_holder() {
        let values = WeakMap::<u8, u8>::default();
        let first = values.get_or(&1, || 7);
        assert!(Arc::ptr_eq(&first, &values.get_or(&1, || 8)));
        assert!(Arc::ptr_eq(&first, &values.get(&1).unwrap()));
    }

    #[test]
    fn a_value_without_holders_is_created_again() {
        let values = WeakMap::<u8, u8>::default();
        drop(values.get_or(&1, || 7));
        assert_eq!(values.get(&1), None);
        assert_eq!(*values.get_or(&1, || 8), 8);
    }

    #[test]
    fn a_value_without_holders_is_dropped() {
        let values = WeakMap::<usize, ()>::default();
        let held = values.get_or(&usize::MAX, || ());
        for key in 0..100_000 {
            values.get_or(&key, || ());
        }
        assert!(values.values().len() < 10 * SWEEP_LENGTH_MIN);
        assert_eq!(values.all(), [(usize::MAX, held)]);
    }
}
