use seatkeeper_domain::{
    BatchMode, CatalogVersion, Change, ChangeRequest, CustomerId, CustomerKey, Principal,
    ProductId, RequestId, SelectionId, ShortagePolicy, Timestamp, UserFilter, UserId,
};
use seatkeeper_store::{Batch, BatchSource, BatchSpec, BatchTask};

use super::slots::CallerId;
use crate::digest::RequestDigest;
use crate::idempotency::IdempotencyKey;

/// A request to change the licenses of many users.
#[derive(Debug, Clone)]
pub struct BatchRequest {
    /// The customer.
    pub customer: CustomerId,
    /// The change for each user.
    pub change: ChangeRequest,
    /// What a failed user or product does to the other ones.
    pub mode: BatchMode,
    /// What to do when there are not enough seats.
    pub shortage: ShortagePolicy,
    /// Whether each result contains the licenses held afterwards.
    pub report_licenses: bool,
    /// Whether the batch is cancelled when the caller that started it disconnects.
    pub cancel_on_disconnect: bool,
    /// The caller's idempotency key.
    pub request_id: Option<RequestId>,
    /// The principal that the journal records.
    pub principal: Principal,
    /// The caller that the batch counts for while it is unfinished.
    pub caller: CallerId,
}

/// An accepted batch.
#[derive(Debug, Clone)]
pub struct StartedBatch {
    /// The batch, as accepted or, if `joined`, as it is now.
    pub batch: Batch,
    /// The customer that owns the batch.
    pub customer: CustomerKey,
    /// Whether an earlier call with the same request id has started it.
    pub joined: bool,
}

/// The users that a batch is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// These users, in this order.
    Users(Vec<UserId>),
    /// The users that match, in directory order.
    Filter(UserFilter<ProductId>),
    /// All users of the customer, in directory order.
    All,
    /// A saved selection, in directory order.
    Saved(SelectionId),
}

impl BatchRequest {
    /// Whether no user can be decided before all users are known.
    #[must_use]
    pub fn needs_all_users_first(&self) -> bool {
        self.mode == BatchMode::AllOrNothing || self.shortage == ShortagePolicy::RequireAll
    }

    pub(super) fn spec(
        &self,
        change: Change,
        source: BatchSource,
        catalog_version: CatalogVersion,
        create_time: Timestamp,
    ) -> BatchSpec {
        BatchSpec {
            task: BatchTask::Change(change),
            source,
            mode: self.mode,
            shortage: self.shortage,
            report_licenses: self.report_licenses,
            cancel_on_disconnect: self.cancel_on_disconnect,
            catalog_version,
            principal: self.principal.clone(),
            request_id: self.request_id.clone(),
            create_time,
        }
    }

    /// The idempotency key of the request; `None` when it has no request id. Users that will be
    /// streamed in (`selector` is `None`) can't be part of the digest: a repeated request joins the
    /// batch and its users.
    pub(super) fn idempotency_key(
        &self,
        change: &Change,
        selector: Option<&Selector>,
    ) -> Option<IdempotencyKey> {
        let id = self.request_id.clone()?;
        let digest = RequestDigest::new("BatchUpdateLicenses")
            .change(change)
            .mode(self.mode)
            .shortage(self.shortage)
            .flag(self.report_licenses)
            .flag(self.cancel_on_disconnect);
        let digest = match selector {
            None => digest.text("stream"),
            Some(Selector::All) => digest.text("all"),
            Some(Selector::Filter(filter)) => digest.text("filter").text(&filter.to_string()),
            Some(Selector::Saved(selection)) => digest.text("saved").text(selection.as_str()),
            Some(Selector::Users(users)) => {
                users.iter().fold(digest.text("users"), |digest, user| {
                    digest.text(user.as_str())
                })
            }
        };
        Some(IdempotencyKey {
            id,
            digest: digest.finish(),
        })
    }
}

impl StartedBatch {
    pub(super) fn accepted(customer: CustomerKey, batch: Batch) -> Self {
        Self {
            batch,
            customer,
            joined: false,
        }
    }

    pub(super) fn joined(customer: CustomerKey, batch: Batch) -> Self {
        Self {
            batch,
            customer,
            joined: true,
        }
    }
}

impl Selector {
    pub(super) fn source(&self) -> BatchSource {
        match self {
            Self::Users(_) => BatchSource::Users,
            Self::Filter(filter) => BatchSource::Filter(filter.to_string()),
            Self::All => BatchSource::All,
            Self::Saved(selection) => BatchSource::Saved(selection.clone()),
        }
    }
}
