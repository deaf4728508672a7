use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use seatkeeper_domain::CustomerKey;

use crate::{EngineError, EngineResult, LimitKind, Limits};

/// The caller that an unfinished batch counts for. The engine does not interpret its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CallerId(Arc<str>);

impl CallerId {
    /// A caller identified by this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for CallerId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Counts the unfinished batches that this server has accepted or is accepting. A batch that this
/// server claimed from another one counts for no caller.
#[derive(Debug, Default)]
pub(crate) struct BatchSlots {
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    /// Batches that are being accepted and have no worker yet.
    accepting: usize,
    /// Unfinished batches of each caller by customer; only callers that have some.
    callers: HashMap<CallerId, HashMap<CustomerKey, i64>>,
}

/// A slot for one batch on this server. It is held until the batch is rejected, or finished here.
pub(crate) struct BatchSlot {
    slots: Arc<BatchSlots>,
    caller: CallerId,
    customer: CustomerKey,
    accepting: bool,
}

impl BatchSlots {
    /// Acquires a slot for one more batch of a customer. `workers` is the number of batches with a
    /// worker here.
    ///
    /// # Errors
    /// [`EngineError::Limit`] when the caller or this server has reached its limit. Batches with a
    /// worker here and batches that are being accepted count.
    pub(super) fn acquire(
        self: &Arc<Self>,
        limits: &Limits,
        workers: usize,
        customer: CustomerKey,
        caller: &CallerId,
    ) -> EngineResult<BatchSlot> {
        let mut used = self.used();
        let of_caller = used.callers.get(caller);
        let of_customer = of_caller.and_then(|batches| batches.get(&customer));
        let of_caller_max = count(limits.batches_unfinished_per_caller_max);
        let of_customer_max = limits.batches_unfinished_per_customer_per_caller_max;
        let max = count(limits.batches_unfinished_per_server_max);
        // A share that equals the whole limit adds no check of its own.
        if of_customer_max < limits.batches_unfinished_per_customer_max {
            let of_customer = of_customer.copied().unwrap_or(0);
            check(
                LimitKind::CallerCustomerBatches,
                of_customer,
                of_customer_max,
            )?;
        }
        if of_caller_max < max {
            let of_caller = of_caller.map_or(0, |batches| batches.values().sum());
            check(LimitKind::CallerBatches, of_caller, of_caller_max)?;
        }
        check(
            LimitKind::ServerBatches,
            count(workers + used.accepting),
            max,
        )?;
        used.accepting += 1;
        let of_caller = used.callers.entry(caller.clone()).or_default();
        *of_caller.entry(customer).or_default() += 1;
        drop(used);
        Ok(BatchSlot {
            slots: Arc::clone(self),
            caller: caller.clone(),
            customer,
            accepting: true,
        })
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl BatchSlot {
    /// Marks the batch as one with a worker. It counts as a worker from here on.
    pub(crate) fn with_worker(mut self) -> Self {
        self.accepting = false;
        self.slots.used().accepting -= 1;
        self
    }
}

impl Drop for BatchSlot {
    fn drop(&mut self) {
        let mut used = self.slots.used();
        if self.accepting {
            used.accepting -= 1;
        }
        let Some(of_caller) = used.callers.get_mut(&self.caller) else {
            return;
        };
        if let Some(batches) = of_caller.get_mut(&self.customer) {
            *batches -= 1;
            if *batches == 0 {
                of_caller.remove(&self.customer);
            }
        }
        if of_caller.is_empty() {
            used.callers.remove(&self.caller);
        }
    }
}

/// Rejects one more batch when `unfinished` has reached `max`.
fn check(kind: LimitKind, unfinished: i64, max: i64) -> EngineResult<()> {
    let given = unfinished.saturating_add(1);
    if given > max {
        return Err(EngineError::Limit { kind, given, max });
    }
    Ok(())
}

fn count(batches: usize) -> i64 {
    i64::try_from(batches).unwrap_or(i64::MAX)
}
