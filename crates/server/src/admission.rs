//! Admission control keeps the server available under overload. It limits each caller's rate, the
//! calls under way, the open streams, and the response bytes that callers have not read. Each limit
//! has a share per caller. Unfinished batches are limited where they start, and connections where
//! they are accepted.

mod blocking;
mod caller_key;
mod concurrency_limit;
mod methods;
mod quota;
mod rate_limiter;
mod response_guard;
mod shared_limit;
mod stream_limit;
mod unsent;

pub(crate) use blocking::BlockingPool;
pub(crate) use caller_key::CallerKey;
pub(crate) use concurrency_limit::{CallPermit, ConcurrencyLimit};
pub(crate) use methods::{MethodKind, Methods, Probe};
pub(crate) use quota::Quota;
pub(crate) use rate_limiter::CallerRateLimiter;
pub(crate) use response_guard::ResponseGuard;
pub(crate) use shared_limit::{Exceeded, LimitPermit, SharedLimit};
pub(crate) use stream_limit::StreamLimit;
pub(crate) use unsent::{Expired, UnsentPart, UnsentParts, resettable};
