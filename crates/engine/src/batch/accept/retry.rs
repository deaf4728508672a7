//! Batches that follow another batch: retry of its failed users, and revert.

use std::sync::Arc;

use seatkeeper_domain::{
    AssignmentRequest, BatchId, BatchMode, Change, ChangeRequest, CompiledCatalog, CustomerId,
    CustomerKey, Principal, RequestId, ShortagePolicy, ViolationType, parse_change,
};
use seatkeeper_store::{Batch, BatchSource, BatchSpec, BatchTask};

use super::freeze::PendingBatch;
use super::prior_batch_users::PriorBatchUsers;
use super::request::StartedBatch;
use super::slots::CallerId;
use super::start::check_shortage;
use super::user_source::Source;
use crate::batch::address::length;
use crate::batch::errors::{batch_resource, nothing_to_retry, nothing_to_revert};
use crate::digest::RequestDigest;
use crate::idempotency::IdempotencyKey;
use crate::{Engine, EngineError, EngineResult, Invalid};

/// A request to retry the failed users of a batch.
#[derive(Debug, Clone)]
pub struct RetryFailedBatch {
    /// The customer that owns the batch.
    pub customer: CustomerId,
    /// The batch to retry.
    pub batch: BatchId,
    /// Only users with a product that failed with one of these violations; all failed users when
    /// empty.
    pub violations: Vec<ViolationType>,
    /// What to do when there are not enough seats; `None` for the policy of the retried batch.
    pub shortage: Option<ShortagePolicy>,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// The principal that the journal records.
    pub principal: Principal,
    /// The caller that the batch counts for while it is unfinished.
    pub caller: CallerId,
}

/// A request to revert a batch.
#[derive(Debug, Clone)]
pub struct RevertBatch {
    /// The customer that owns the batch.
    pub customer: CustomerId,
    /// The batch to revert.
    pub batch: BatchId,
    /// What a failed user or product does to the other ones.
    pub mode: BatchMode,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// The principal that the journal records.
    pub principal: Principal,
    /// The caller that the batch counts for while it is unfinished.
    pub caller: CallerId,
}

impl Engine {
    /// Starts a batch for the failed users of another batch. The newest catalog decides them again.
    ///
    /// # Errors
    /// [`EngineError::BatchUnfinished`], [`EngineError::NothingToRetry`], and the errors that
    /// reject any other batch.
    pub async fn retry_failed_batch(&self, retry: RetryFailedBatch) -> EngineResult<StartedBatch> {
        let idempotency_key = retry.idempotency_key();
        let customer = self.find_customer(&retry.customer).await?.key;
        self.check_accepts_batches()?;
        if let Some(joined) = self
            .replayed_batch(customer, idempotency_key.as_ref())
            .await?
        {
            return Ok(joined);
        }
        let (_, failed) = self.batch(&retry.customer, &retry.batch).await?;
        check_ended(&retry.customer, &failed)?;
        if failed.counts.users_failed == 0 {
            return Err(nothing_to_retry(&retry.customer, &failed.id));
        }
        let shortage = retry.shortage.unwrap_or(failed.spec.shortage);
        check_shortage(failed.spec.mode, shortage)?;
        let catalog = self.catalog().await?;
        let (task, users) = match &failed.spec.task {
            BatchTask::Change(change) => {
                let decided_by = self.catalog_version(failed.spec.catalog_version).await?;
                let change = rebase_change(change, &decided_by, &catalog)?;
                let users = PriorBatchUsers::failed(failed.key, retry.violations.clone());
                (BatchTask::Change(change), users)
            }
            BatchTask::Revert { .. } => {
                check_revert_shortage(shortage)?;
                let users = PriorBatchUsers::unreverted(failed.key, retry.violations.clone());
                (failed.spec.task.clone(), users)
            }
        };
        let spec = BatchSpec {
            task,
            source: BatchSource::Failed {
                batch: failed.to_ref(),
                violations: retry.violations,
            },
            mode: failed.spec.mode,
            shortage,
            report_licenses: failed.spec.report_licenses,
            cancel_on_disconnect: false,
            catalog_version: catalog.version(),
            principal: retry.principal,
            request_id: retry.request_id,
            create_time: self.core.clock.now(),
        };
        self.follow_up(
            customer,
            spec,
            &catalog,
            idempotency_key,
            users,
            &retry.caller,
        )
        .await
    }

    /// Starts a batch that restores what another batch changed. Licenses that were changed again
    /// since then are left as they are.
    ///
    /// # Errors
    /// [`EngineError::BatchUnfinished`], [`EngineError::NothingToRevert`], and the errors that
    /// reject any other batch.
    pub async fn revert_batch(&self, revert: RevertBatch) -> EngineResult<StartedBatch> {
        let idempotency_key = revert.idempotency_key();
        let customer = self.find_customer(&revert.customer).await?.key;
        self.check_accepts_batches()?;
        if let Some(joined) = self
            .replayed_batch(customer, idempotency_key.as_ref())
            .await?
        {
            return Ok(joined);
        }
        let (_, done) = self.batch(&revert.customer, &revert.batch).await?;
        check_ended(&revert.customer, &done)?;
        if done.counts.assigned + done.counts.updated + done.counts.revoked == 0 {
            return Err(nothing_to_revert(&revert.customer, &done.id));
        }
        let catalog = self.catalog().await?;
        let spec = BatchSpec {
            task: BatchTask::Revert {
                batch: done.to_ref(),
                products: done.spec.task.products(),
            },
            source: BatchSource::Reverted,
            mode: revert.mode,
            shortage: ShortagePolicy::AssignUntilExhausted,
            report_licenses: done.spec.report_licenses,
            cancel_on_disconnect: false,
            catalog_version: catalog.version(),
            principal: revert.principal,
            request_id: revert.request_id,
            create_time: self.core.clock.now(),
        };
        let users = PriorBatchUsers::changed(done.key);
        self.follow_up(
            customer,
            spec,
            &catalog,
            idempotency_key,
            users,
            &revert.caller,
        )
        .await
    }

    async fn follow_up(
        &self,
        customer: CustomerKey,
        spec: BatchSpec,
        catalog: &Arc<CompiledCatalog>,
        idempotency_key: Option<IdempotencyKey>,
        users: PriorBatchUsers,
        caller: &CallerId,
    ) -> EngineResult<StartedBatch> {
        PendingBatch::new(self, customer, caller, spec, catalog, idempotency_key)?
            .freeze(Source::PriorBatch(users))
            .await
    }
}

impl RetryFailedBatch {
    fn idempotency_key(&self) -> Option<IdempotencyKey> {
        let id = self.request_id.clone()?;
        let digest = RequestDigest::new("RetryFailedBatch")
            .text(self.batch.as_str())
            .flag(self.shortage.is_some())
            .shortage(
                self.shortage
                    .unwrap_or(ShortagePolicy::AssignUntilExhausted),
            )
            .number(length(self.violations.len()));
        let violations = self.violations.iter();
        let digest = violations.fold(digest, |digest, violation| {
            digest.text(&format!("{violation:?}"))
        });
        Some(IdempotencyKey {
            id,
            digest: digest.finish(),
        })
    }
}

impl RevertBatch {
    fn idempotency_key(&self) -> Option<IdempotencyKey> {
        let id = self.request_id.clone()?;
        let digest = RequestDigest::new("RevertBatch")
            .text(self.batch.as_str())
            .mode(self.mode)
            .finish();
        Some(IdempotencyKey { id, digest })
    }
}

/// Translates a change that was decided by one catalog to the keys of a newer catalog.
fn rebase_change(
    change: &Change,
    decided_by: &CompiledCatalog,
    catalog: &CompiledCatalog,
) -> EngineResult<Change> {
    let id = |key| {
        let product = decided_by.product(key);
        let product = product.expect("a change names products of its catalog");
        product.id.clone()
    };
    let assign = change.assign.iter().map(|assignment| AssignmentRequest {
        product: id(assignment.product),
        disabled_plans: assignment
            .disabled_plans
            .iter()
            .filter_map(|plan| decided_by.plan(plan))
            .map(|plan| plan.id.clone())
            .collect(),
        plan_policy: assignment.plan_policy,
    });
    let request = ChangeRequest {
        assign: assign.collect(),
        revoke: change.revoke.iter().copied().map(id).collect(),
    };
    parse_change(catalog, &request).map_err(EngineError::InvalidChange)
}

/// Rejects WAITLIST: a revert restores what users had before, and users do not wait for that.
fn check_revert_shortage(shortage: ShortagePolicy) -> EngineResult<()> {
    if shortage == ShortagePolicy::Waitlist {
        let description = "WAITLIST can't be used to retry the revert of a batch: retry with \
                           another policy, and assign the remaining licenses with WAITLIST";
        return Err(Invalid::value("shortage_policy", description));
    }
    Ok(())
}

fn check_ended(customer: &CustomerId, batch: &Batch) -> EngineResult<()> {
    if batch.state.is_final() {
        return Ok(());
    }
    let name = batch_resource(customer, &batch.id).name;
    Err(EngineError::BatchUnfinished { name })
}
