//! Selections: sets of users, resolved from a request, and saved under a name.
//!
//! A saved selection is the working set of a caller who picks users on many pages. It is not a
//! decision about licenses, so its changes are not journaled. The users of a batch are.

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

/// Returns the selection unless it has expired; an expired selection counts as deleted.
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
