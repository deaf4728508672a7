//! A cache of the keys that authenticate page tokens. The keys are read when a token is first
//! created or checked, read again when a token names a newer key, and replaced periodically.

mod cache;
mod rotation;

pub(crate) use cache::TokenKeyCache;
pub use cache::TokenKeys;
