//! What keeps a server from falling over when more is asked of it than it can do: each caller's
//! rate, and the calls under way at once. Open streams and unfinished batches have bounds of their
//! own, where they begin, and connections where they are accepted.

mod caller_key;
mod calls;
mod methods;
mod rates;
mod shares;

pub(crate) use caller_key::CallerKey;
pub(crate) use calls::{CallSlot, CallSlots};
pub(crate) use methods::{MethodKind, Methods, Probe};
pub(crate) use rates::CallerRates;
pub(crate) use shares::{Exceeded, Share, Shares};
