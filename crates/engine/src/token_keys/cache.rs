use std::sync::{Arc, Mutex, PoisonError};

use seatkeeper_store::TokenKey;

/// The valid keys: the newest creates tokens, all of them check tokens.
#[derive(Debug, Clone)]
pub struct TokenKeys {
    pub(super) newest: TokenKey,
    older: Arc<[TokenKey]>,
}

impl TokenKeys {
    /// Returns `None` when there is no key.
    pub(super) fn new(keys: Vec<TokenKey>) -> Option<Self> {
        let mut keys = keys.into_iter();
        Some(Self {
            newest: keys.next()?,
            older: keys.collect(),
        })
    }

    /// The key that authenticates new tokens.
    #[must_use]
    pub fn newest(&self) -> &TokenKey {
        &self.newest
    }

    /// The key with this number; `None` when it does not exist or is no longer valid.
    #[must_use]
    pub fn get(&self, id: i64) -> Option<&TokenKey> {
        let mut keys = std::iter::once(&self.newest).chain(&*self.older);
        keys.find(|key| key.id == id)
    }
}

/// The keys as this server read them last.
#[derive(Default)]
pub(crate) struct TokenKeyCache {
    keys: Mutex<Option<TokenKeys>>,
    /// Held while the first key is added. Concurrent calls on this server that need the key wait
    /// for one transaction instead of starting their own.
    pub(super) adding: tokio::sync::Mutex<()>,
}

impl TokenKeyCache {
    pub(super) fn get(&self) -> Option<TokenKeys> {
        let keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.clone()
    }

    /// Caches `keys` unless newer ones are cached already. Returns the cached keys.
    pub(super) fn put(&self, keys: TokenKeys) -> TokenKeys {
        let mut cached = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        match &*cached {
            Some(newer) if newer.newest.id > keys.newest.id => newer.clone(),
            Some(_) | None => cached.insert(keys).clone(),
        }
    }
}
