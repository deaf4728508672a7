use seatkeeper_domain::{BatchMode, Change, PlanPolicy, ShortagePolicy, Timestamp};
use sha2::{Digest as _, Sha256};

/// A digest of a request's parts. It detects a request id that is reused for another request.
///
/// The length of each part is included, so that two different requests never produce the same
/// input.
pub(crate) struct RequestDigest(Sha256);

impl RequestDigest {
    /// Starts a digest for one method; the same parts of another method give another digest.
    pub(crate) fn new(method: &str) -> Self {
        Self(Sha256::new()).text(method)
    }

    pub(crate) fn bytes(mut self, part: &[u8]) -> Self {
        self.0.update((part.len() as u64).to_be_bytes());
        self.0.update(part);
        self
    }

    pub(crate) fn text(self, part: &str) -> Self {
        self.bytes(part.as_bytes())
    }

    pub(crate) fn number(self, part: i64) -> Self {
        self.bytes(&part.to_be_bytes())
    }

    pub(crate) fn flag(self, part: bool) -> Self {
        self.number(i64::from(part))
    }

    pub(crate) fn time(self, part: Option<Timestamp>) -> Self {
        let micros = part.map_or(0, Timestamp::as_micros);
        self.flag(part.is_some()).number(micros)
    }

    pub(crate) fn mode(self, mode: BatchMode) -> Self {
        self.number(match mode {
            BatchMode::PerUser => 1,
            BatchMode::PerLicense => 2,
            BatchMode::AllOrNothing => 3,
        })
    }

    pub(crate) fn shortage(self, policy: ShortagePolicy) -> Self {
        self.number(match policy {
            ShortagePolicy::AssignUntilExhausted => 1,
            ShortagePolicy::RequireAll => 2,
            ShortagePolicy::BuyMore => 3,
            ShortagePolicy::Waitlist => 4,
        })
    }

    pub(crate) fn change(self, change: &Change) -> Self {
        let mut digest = self.number(count(change.assign.len()));
        for assignment in &change.assign {
            digest = digest
                .number(i64::from(assignment.product.0))
                .flag(assignment.plan_policy == PlanPolicy::Keep)
                .number(count(assignment.disabled_plans.len()));
            for plan in assignment.disabled_plans.iter() {
                digest = digest.number(i64::from(plan.0));
            }
        }
        digest = digest.number(count(change.revoke.len()));
        for product in &change.revoke {
            digest = digest.number(i64::from(product.0));
        }
        digest
    }

    pub(crate) fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

fn count(length: usize) -> i64 {
    i64::try_from(length).expect("a length in memory")
}
