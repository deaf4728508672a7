use seatkeeper_engine::{Resource, ResourceKind};
use seatkeeper_proto::v1::ErrorReason;
use tonic::{Code, Status};

use super::builder::StatusBuilder;

/// A resource in the terms of the API: its type, its name, and the purchase in it.
struct Named<'a> {
    kind: &'static str,
    name: &'a str,
    purchase: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// Purchases have no resource name: the name of the entitlement and the purchase's identifier
    /// stand for them.
    fn new(resource: &'a Resource) -> Self {
        let (name, purchase) = match resource.name.split_once("/purchases/") {
            Some((entitlement, purchase)) => (entitlement, Some(purchase)),
            None => (resource.name.as_str(), None),
        };
        Self {
            kind: type_name(resource.kind),
            name,
            purchase,
        }
    }

    fn describe(&self, code: Code, reason: ErrorReason, message: String) -> Status {
        let mut builder = StatusBuilder::new(code, reason, message)
            .with("name", self.name)
            .resource(self.kind, self.name);
        if let Some(purchase) = self.purchase {
            builder = builder.with("purchase_id", purchase);
        }
        builder.into_status()
    }
}

const fn type_name(kind: ResourceKind) -> &'static str {
    match kind {
        ResourceKind::Customer => "seatkeeper/Customer",
        ResourceKind::User => "seatkeeper/User",
        ResourceKind::Product => "seatkeeper/Product",
        ResourceKind::Entitlement | ResourceKind::Purchase => "seatkeeper/Entitlement",
        ResourceKind::Batch => "seatkeeper/Batch",
        ResourceKind::Selection => "seatkeeper/Selection",
        ResourceKind::CatalogVersion => "seatkeeper/Catalog",
        ResourceKind::WaitlistEntry => "seatkeeper/WaitlistEntry",
    }
}

/// The status of a missing resource; `None` for one whose absence is a defect.
pub(super) fn missing(resource: &Resource) -> Option<Status> {
    let reason = match resource.kind {
        ResourceKind::Customer => ErrorReason::CustomerNotFound,
        ResourceKind::User => ErrorReason::UserNotFound,
        ResourceKind::Product => ErrorReason::ProductNotFound,
        ResourceKind::Entitlement => ErrorReason::EntitlementNotFound,
        ResourceKind::Purchase => ErrorReason::PurchaseNotFound,
        ResourceKind::Batch => ErrorReason::BatchNotFound,
        ResourceKind::Selection => ErrorReason::SelectionNotFound,
        ResourceKind::WaitlistEntry => ErrorReason::WaitlistEntryNotFound,
        // A version is never deleted while other rows refer to it.
        ResourceKind::CatalogVersion => return None,
    };
    let message = format!("{resource} does not exist");
    Some(Named::new(resource).describe(Code::NotFound, reason, message))
}

/// The status of an identifier in use; `None` for resources whose identifiers the server makes.
pub(super) fn taken(resource: &Resource) -> Option<Status> {
    let reason = match resource.kind {
        ResourceKind::Customer => ErrorReason::CustomerAlreadyExists,
        ResourceKind::User => ErrorReason::UserAlreadyExists,
        ResourceKind::Purchase => ErrorReason::PurchaseAlreadyExists,
        ResourceKind::Selection => ErrorReason::SelectionAlreadyExists,
        ResourceKind::Product
        | ResourceKind::Entitlement
        | ResourceKind::Batch
        | ResourceKind::CatalogVersion
        | ResourceKind::WaitlistEntry => return None,
    };
    let message = format!("{resource} already exists; choose another identifier");
    Some(Named::new(resource).describe(Code::AlreadyExists, reason, message))
}

pub(super) fn changed(resource: &Resource) -> Status {
    let message = format!("{resource} has changed since it was read; read it again and retry");
    Named::new(resource).describe(Code::Aborted, ErrorReason::EtagMismatch, message)
}

/// The status of a resource that the server's own lookup did not find.
pub(super) fn not_found(kind: &'static str, reason: ErrorReason, name: &str) -> Status {
    Named {
        kind,
        name,
        purchase: None,
    }
    .describe(Code::NotFound, reason, format!("{name} does not exist"))
}
