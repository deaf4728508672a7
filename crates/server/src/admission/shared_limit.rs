use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::CallerKey;

/// A limit for the whole server, with a share for each caller. It counts calls, streams,
/// connections, or bytes.
#[derive(Debug)]
pub(crate) struct SharedLimit {
    total_max: usize,
    per_caller_max: usize,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    total: usize,
    /// The amount that each caller uses; callers that use nothing have no entry.
    callers: HashMap<CallerKey, usize>,
}

/// The amount of a limit that a caller holds; dropping it releases the amount.
#[derive(Debug)]
pub(crate) struct LimitPermit {
    limit: Arc<SharedLimit>,
    caller: CallerKey,
    amount: usize,
}

/// The bound that an amount would exceed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exceeded {
    /// The server's limit, with its value.
    Server(usize),
    /// The caller's share, with its value.
    Caller(usize),
}

impl SharedLimit {
    /// A limit of `total_max` for the server and of `per_caller_max` for each caller.
    pub(crate) fn new(total_max: usize, per_caller_max: usize) -> Arc<Self> {
        Arc::new(Self {
            total_max,
            per_caller_max,
            used: Mutex::default(),
        })
    }

    /// Acquires an amount for a caller. The caller's share is checked before the server's limit, so
    /// the error names the share if both are exceeded.
    ///
    /// # Errors
    /// [`Exceeded`] when the caller's share or the server's limit has less than that left; then
    /// nothing is acquired.
    pub(crate) fn acquire(
        self: &Arc<Self>,
        caller: CallerKey,
        amount: usize,
    ) -> Result<LimitPermit, Exceeded> {
        self.add(caller, amount)?;
        Ok(LimitPermit {
            limit: Arc::clone(self),
            caller,
            amount,
        })
    }

    fn add(&self, caller: CallerKey, amount: usize) -> Result<(), Exceeded> {
        let mut used = self.used();
        let of_caller = used.callers.get(&caller).copied().unwrap_or(0);
        let of_caller = of_caller.saturating_add(amount);
        // A share that equals the whole limit is not reported as a share.
        if of_caller > self.per_caller_max && self.per_caller_max < self.total_max {
            return Err(Exceeded::Caller(self.per_caller_max));
        }
        let total = used.total.saturating_add(amount);
        if total > self.total_max {
            return Err(Exceeded::Server(self.total_max));
        }
        used.total = total;
        if of_caller > 0 {
            used.callers.insert(caller, of_caller);
        }
        Ok(())
    }

    fn release(&self, caller: CallerKey, amount: usize) {
        let mut used = self.used();
        used.total = used.total.saturating_sub(amount);
        if let Some(of_caller) = used.callers.get_mut(&caller) {
            *of_caller = of_caller.saturating_sub(amount);
            if *of_caller == 0 {
                used.callers.remove(&caller);
            }
        }
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The amount that all callers use together.
    #[cfg(test)]
    pub(crate) fn used_total(&self) -> usize {
        self.used().total
    }
}

impl LimitPermit {
    /// The amount that this permit holds.
    pub(crate) fn amount(&self) -> usize {
        self.amount
    }

    /// Acquires `more` in addition.
    ///
    /// # Errors
    /// As [`SharedLimit::acquire`]; the permit keeps its amount then.
    pub(crate) fn grow(&mut self, more: usize) -> Result<(), Exceeded> {
        self.limit.add(self.caller, more)?;
        self.amount += more;
        Ok(())
    }

    /// Releases all but `amount`, if the permit holds more.
    pub(crate) fn shrink_to(&mut self, amount: usize) {
        let excess = self.amount.saturating_sub(amount);
        self.limit.release(self.caller, excess);
        self.amount -= excess;
    }
}

impl Drop for LimitPermit {
    fn drop(&mut self) {
        self.limit.release(self.caller, self.amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(last: u8) -> CallerKey {
        CallerKey::of_address([192, 0, 2, last].into())
    }

    #[test]
    fn one_caller_has_its_share_and_no_more() {
        let limit = SharedLimit::new(4, 2);
        let _held = limit.acquire(caller(1), 2).unwrap();
        assert_eq!(
            limit.acquire(caller(1), 1).unwrap_err(),
            Exceeded::Caller(2)
        );
        assert!(limit.acquire(caller(2), 2).is_ok());
    }

    #[test]
    fn all_callers_together_have_the_servers_limit() {
        let limit = SharedLimit::new(3, 2);
        let _first = limit.acquire(caller(1), 2).unwrap();
        assert_eq!(
            limit.acquire(caller(2), 2).unwrap_err(),
            Exceeded::Server(3)
        );
        assert!(limit.acquire(caller(2), 1).is_ok());
    }

    #[test]
    fn a_dropped_share_is_free_again_and_its_caller_leaves_no_entry() {
        let limit = SharedLimit::new(2, 2);
        drop(limit.acquire(caller(1), 2).unwrap());
        assert_eq!(limit.used_total(), 0);
        assert!(limit.used().callers.is_empty());
    }

    #[test]
    fn a_share_grows_within_the_bounds_and_shrinks() {
        let limit = SharedLimit::new(9, 4);
        let mut permit = limit.acquire(caller(1), 1).unwrap();
        permit.grow(3).unwrap();
        assert_eq!(permit.grow(1), Err(Exceeded::Caller(4)));
        permit.shrink_to(2);
        assert_eq!((permit.amount(), limit.used_total()), (2, 2));
        drop(permit);
        assert_eq!(limit.used_total(), 0);
    }

    #[test]
    fn an_amount_of_any_size_does_not_overflow() {
        let limit = SharedLimit::new(usize::MAX, usize::MAX - 1);
        let _one = limit.acquire(caller(1), 1).unwrap();
        assert!(limit.acquire(caller(1), usize::MAX).is_err());
    }
}
