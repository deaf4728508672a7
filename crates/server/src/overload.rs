//! What keeps a server from falling over when more is asked of it than it can do: each caller's
//! rate, the calls under way and the streams open at once, and the bytes of answers that wait to be
//! read, each with a share per caller. Unfinished batches have bounds of their own, where they begin,
//! and connections where they are accepted.

mod blocking;
mod caller_key;
mod calls;
mod held;
mod methods;
mod quota;
mod rates;
mod shares;
mod streams;
mod unsent;

pub(crate) use blocking::BlockingPool;
pub(crate) use caller_key::CallerKey;
pub(crate) use calls::{CallSlot, CallSlots};
pub(crate) use held::Held;
pub(crate) use methods::{MethodKind, Methods, Probe};
pub(crate) use quota::Quota;
pub(crate) use rates::CallerRates;
pub(crate) use shares::{Exceeded, Share, Shares};
pub(crate) use streams::StreamSlots;
pub(crate) use unsent::{Expired, UnsentPart, UnsentParts, resettable};
