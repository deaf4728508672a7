use std::collections::VecDeque;

use seatkeeper_domain::{
    BatchKey, CustomerKey, LicenseChanges, MemberResult, UserId, ViolationType,
};
use seatkeeper_store::{Selected, SelectedUser, Store};

use crate::batch::address::length;
use crate::batch::errors::missing;
use crate::{EngineError, EngineResult, Resource, ResourceKind};

/// Segments of the other batch's frozen selection that one query reads.
const SEGMENTS_READ: usize = 4;

/// Users of a batch that has ended, in its order. They are read from its journal, one entry at a
/// time.
#[derive(Clone)]
pub(crate) struct PriorBatchUsers {
    batch: BatchKey,
    wanted: Wanted,
    /// Sequence number of the last result that was read.
    after: i64,
    /// Users that were found and not returned yet.
    found: VecDeque<Selected>,
}

#[derive(Clone)]
enum Wanted {
    /// Users with a product that failed with one of these violations; with any violation if the
    /// list is empty. Their identifiers are resolved again, since a user may have been added since.
    Failed(Vec<ViolationType>),
    /// Failed users of a batch that reverts another one. The users and what to restore are read
    /// from that batch's frozen selection. `frozen` begins after the last result that was read.
    Unreverted {
        violations: Vec<ViolationType>,
        frozen: VecDeque<Selected>,
    },
    /// Users with a changed license, each with the sequence number of the result.
    Changed,
}

impl PriorBatchUsers {
    fn new(batch: BatchKey, wanted: Wanted) -> Self {
        Self {
            batch,
            wanted,
            after: 0,
            found: VecDeque::new(),
        }
    }

    /// The failed users of a batch.
    pub(super) fn failed(batch: BatchKey, violations: Vec<ViolationType>) -> Self {
        Self::new(batch, Wanted::Failed(violations))
    }

    /// The failed users of a batch that reverts another one.
    pub(super) fn unreverted(batch: BatchKey, violations: Vec<ViolationType>) -> Self {
        let frozen = VecDeque::new();
        Self::new(batch, Wanted::Unreverted { violations, frozen })
    }

    /// The users that a batch changed.
    pub(super) fn changed(batch: BatchKey) -> Self {
        Self::new(batch, Wanted::Changed)
    }

    /// The next users, at most `limit`; `None` when there are no more.
    pub(super) async fn read(
        &mut self,
        store: &dyn Store,
        customer: CustomerKey,
        limit: usize,
    ) -> EngineResult<Option<Vec<Selected>>> {
        while self.found.len() < limit {
            let entries = store.batch_entries(customer, self.batch, self.after, 1);
            let entry = entries.await?.into_iter().next();
            let changes = entry.and_then(|entry| entry.effect.into_license_changes());
            let Some(changes) = changes else { break };
            self.take(store, customer, &changes).await?;
            self.after = changes.last_result();
        }
        let count = limit.min(self.found.len());
        let next: Vec<Selected> = self.found.drain(..count).collect();
        Ok((!next.is_empty()).then_some(next))
    }

    async fn take(
        &mut self,
        store: &dyn Store,
        customer: CustomerKey,
        changes: &LicenseChanges,
    ) -> EngineResult<()> {
        match &mut self.wanted {
            Wanted::Failed(violations) => {
                let failed = changes
                    .results()
                    .filter(|result| failed(*result, violations));
                let failed: Vec<_> = failed.collect();
                let ids: Vec<UserId> = failed
                    .iter()
                    .map(|result| result.member.user_id.clone())
                    .collect();
                let keys = store.resolve_users(customer, &ids).await?;
                self.found
                    .extend(
                        failed
                            .iter()
                            .zip(ids)
                            .zip(keys)
                            .map(|((result, id), key)| Selected {
                                user: key.map_or(SelectedUser::Unknown(id), SelectedUser::Known),
                                request_index: result.member.request_index,
                            }),
                    );
            }
            Wanted::Unreverted { violations, frozen } => {
                while length(frozen.len()) < changes.last_result() - self.after {
                    let position = self.after + length(frozen.len());
                    let read = store.segments(customer, self.batch, position, SEGMENTS_READ);
                    let read = read.await?;
                    let Some(read) = read else {
                        return Err(gone(store, customer, self.batch, position).await?);
                    };
                    frozen.extend(read);
                }
                let results = changes.results();
                for result in results.filter(|result| result.sequence_number > self.after) {
                    let selected = frozen.pop_front();
                    self.found
                        .extend(selected.filter(|_| failed(result, violations)));
                }
            }
            Wanted::Changed => {
                let touched = changes
                    .results()
                    .filter(|result| result.decision.has_changes());
                self.found.extend(touched.filter_map(|result| {
                    Some(Selected {
                        user: SelectedUser::Known(result.member.user?),
                        request_index: Some(result.sequence_number),
                    })
                }));
            }
        }
        Ok(())
    }
}

/// The error when a part of a batch's frozen selection is missing.
async fn gone(
    store: &dyn Store,
    customer: CustomerKey,
    batch: BatchKey,
    position: i64,
) -> EngineResult<EngineError> {
    Ok(match store.batch(customer, batch).await? {
        Some(_) => missing(batch, position),
        None => EngineError::NotFound(Resource {
            kind: ResourceKind::Batch,
            name: "the batch (removed during the call)".to_owned(),
        }),
    })
}

/// Whether a product of the user failed with one of these violations, or with any if there are
/// none.
fn failed(result: MemberResult<'_>, violations: &[ViolationType]) -> bool {
    if violations.is_empty() {
        return result.decision.has_failures();
    }
    let products = result.decision.products.iter();
    let mut found = products.flat_map(|product| &product.violations);
    found.any(|violation| violations.contains(&violation.violation_type()))
}
