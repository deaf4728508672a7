//! Selections: sets of users, resolved from what a caller gives, and saved under a name.
//!
//! A saved selection is a working set of whoever picks users on many pages, not a decision about
//! licenses: its changes are not journaled. What a batch was started over is.

mod change;
mod create;
mod expire;
mod page;
mod read;
mod resolve;

use seatkeeper_domain::{CustomerId, Selection, SelectionId, Timestamp};
use seatkeeper_store::CustomerTx;

use crate::engine::customer_id;
use crate::{EngineError, EngineResult, Resource, ResourceKind};

pub use change::{
    ChangeSelectionUsers, DeleteSelection, MembershipChange, SelectionUsersChanged, UpdateSelection,
};
pub use create::{CombineSelections, CreateSelection, SetOperation};
pub(crate) use page::SetPage;
pub use read::ListSelectionUsers;
pub use resolve::{ResolvedUsers, SelectionBuilder};

fn resource(customer: &CustomerId, id: &SelectionId) -> Resource {
    Resource::of_customer(ResourceKind::Selection, customer, "selections", id)
}

/// A selection that has not expired: one that has is gone for all purposes.
fn live(
    found: Option<Selection>,
    now: Timestamp,
    customer: &CustomerId,
    id: &SelectionId,
) -> EngineResult<Selection> {
    found
        .filter(|selection| selection.is_live(now))
        .ok_or_else(|| EngineError::NotFound(resource(customer, id)))
}

async fn find(
    tx: &mut dyn CustomerTx,
    id: &SelectionId,
    now: Timestamp,
) -> EngineResult<Selection> {
    let found = tx.selection(id).await?;
    live(found, now, &customer_id(tx), id)
}
