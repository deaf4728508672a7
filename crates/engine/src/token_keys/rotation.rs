use seatkeeper_store::{NewTokenKey, TOKEN_SECRET_BYTES};

use super::TokenKeys;
use crate::{Engine, EngineResult, IdSource};

impl Engine {
    /// The keys of page tokens, for a request whose token names the key `named`. They come from the
    /// cache unless `named` is newer than the cached keys: another server has added it. Key numbers
    /// ascend, so an unknown key with a smaller number is no longer valid.
    ///
    /// The first call on a new database adds the first key.
    pub async fn token_keys(&self, named: Option<i64>) -> EngineResult<TokenKeys> {
        let cached = self.core.token_keys.get();
        match cached {
            Some(keys) if named.is_none_or(|named| named <= keys.newest.id) => Ok(keys),
            Some(keys) => {
                let stored = TokenKeys::new(self.core.store.token_keys().await?);
                Ok(stored.map_or(keys, |stored| self.core.token_keys.put(stored)))
            }
            None => self.first_token_keys().await,
        }
    }

    /// The keys of the database; adds the first one if there is none.
    async fn first_token_keys(&self) -> EngineResult<TokenKeys> {
        let _adding = self.core.token_keys.adding.lock().await;
        if let Some(keys) = self.core.token_keys.get() {
            return Ok(keys);
        }
        let keys = match TokenKeys::new(self.core.store.token_keys().await?) {
            Some(keys) => keys,
            None => self.add_token_key(None).await?,
        };
        Ok(self.core.token_keys.put(keys))
    }

    /// Adds a key if the newest cached key is too old. A server without cached keys does nothing:
    /// it reads the keys when it first needs them.
    pub(crate) async fn replace_old_token_key(&self) -> EngineResult<()> {
        let Some(keys) = self.core.token_keys.get() else {
            return Ok(());
        };
        let newest = keys.newest();
        let age = self
            .core
            .clock
            .now()
            .as_micros()
            .saturating_sub(newest.create_time.as_micros());
        if u128::try_from(age).unwrap_or(0) < self.core.limits.token_key_age_max.as_micros() {
            return Ok(());
        }
        let keys = self.add_token_key(Some(newest.id)).await?;
        self.core.token_keys.put(keys);
        Ok(())
    }

    /// Adds a key after `previous`, or reads the one that another server has added.
    async fn add_token_key(&self, previous: Option<i64>) -> EngineResult<TokenKeys> {
        let new = NewTokenKey {
            previous,
            secret: secret(&*self.core.ids),
            create_time: self.core.clock.now(),
        };
        let added = self.core.store.add_token_key(new).await;
        let keys = match added {
            Ok(keys) => TokenKeys::new(keys),
            // The commit may have succeeded despite the error, here or on another server.
            Err(error) => match TokenKeys::new(self.core.store.token_keys().await?) {
                Some(keys) => Some(keys),
                None => return Err(error.into()),
            },
        };
        Ok(keys.expect("the store returns at least one key after adding one"))
    }
}

/// A secret of 32 bytes from two random GUIDs: 244 of its bits are random, from the operating
/// system's generator on a server. HMAC only requires that the key can't be guessed.
fn secret(ids: &dyn IdSource) -> [u8; TOKEN_SECRET_BYTES] {
    let mut secret = [0; TOKEN_SECRET_BYTES];
    for half in secret.chunks_exact_mut(16) {
        half.copy_from_slice(ids.random().as_bytes());
    }
    secret
}
