use async_trait::async_trait;
use seatkeeper_domain::{CustomerId, Selection, SelectionId, Timestamp};
use seatkeeper_store::CustomerTx;

use super::resolve::ResolvedSet;
use super::{find, resource};
use crate::engine::check_revision;
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, LimitKind, ResolvedUsers, Selector};

/// A request to change the fields of a selection; `None` keeps a field as it is.
#[derive(Debug, Clone)]
pub struct UpdateSelection {
    /// The customer.
    pub customer: CustomerId,
    /// The selection.
    pub id: SelectionId,
    /// The revision that the selection must have; `None` for any.
    pub revision: Option<i64>,
    /// A name for display.
    pub display_name: Option<String>,
    /// How long the selection lives after its last use, in microseconds.
    pub idle_ttl_micros: Option<i64>,
}

/// A request to add users to a selection or to remove users from it.
#[derive(Debug, Clone)]
pub struct ChangeSelectionUsers {
    /// The customer.
    pub customer: CustomerId,
    /// The selection.
    pub id: SelectionId,
    /// The revision that the selection must have; `None` for any.
    pub revision: Option<i64>,
    /// Whether to add or to remove the users.
    pub change: MembershipChange,
    /// The users.
    pub users: Selector,
}

/// How the users of a selection change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MembershipChange {
    /// The users are added.
    Add,
    /// The users are removed.
    Remove,
}

/// The result of a change of users.
#[derive(Debug, Clone)]
pub struct SelectionUsersChanged {
    /// The selection after the change.
    pub selection: Selection,
    /// Number of users that were added or removed.
    pub changed: i64,
    /// The users in the request, resolved.
    pub resolved: ResolvedUsers,
}

/// A request to delete a selection.
#[derive(Debug, Clone)]
pub struct DeleteSelection {
    /// The customer.
    pub customer: CustomerId,
    /// The selection.
    pub id: SelectionId,
    /// The revision that the selection must have; `None` for any.
    pub revision: Option<i64>,
}

impl Engine {
    /// Changes the fields of a selection; equal fields create no new revision.
    pub async fn update_selection(&self, update: UpdateSelection) -> EngineResult<Selection> {
        let customer = update.customer.clone();
        let now = self.core.clock.now();
        self.change_customer(&customer, Update { update, now })
            .await
    }

    /// Adds users to a selection or removes users from it.
    ///
    /// # Errors
    /// The same as [`Engine::resolve_selection`]; [`EngineError::Limit`] also when the selection
    /// would have too many users.
    pub async fn change_selection_users(
        &self,
        change: ChangeSelectionUsers,
    ) -> EngineResult<SelectionUsersChanged> {
        // Fail early, before up to a million users are resolved.
        let current = self.selection(&change.customer, &change.id).await?;
        check_revision(change.revision, current.revision, || {
            resource(&change.customer, &change.id)
        })?;
        let resolved = self
            .resolve_selection(&change.customer, "users", change.users)
            .await?;
        let transaction = ChangeUsers {
            id: change.id,
            revision: change.revision,
            direction: change.change,
            users: resolved.resolved_set(),
            users_max: self.core.limits.selection_users_max,
            now: self.core.clock.now(),
        };
        let (selection, changed) = self.change_customer(&change.customer, transaction).await?;
        Ok(SelectionUsersChanged {
            selection,
            changed,
            resolved,
        })
    }

    /// Deletes a selection.
    pub async fn delete_selection(&self, delete: DeleteSelection) -> EngineResult<()> {
        let customer = delete.customer.clone();
        let now = self.core.clock.now();
        self.change_customer(&customer, Delete { delete, now })
            .await
    }
}

struct Update {
    update: UpdateSelection,
    now: Timestamp,
}

#[async_trait]
impl Transaction for Update {
    type Output = Selection;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Selection> {
        let update = &self.update;
        let mut selection = find(tx, &update.id, self.now).await?;
        check_revision(update.revision, selection.revision, || {
            resource(&update.customer, &update.id)
        })?;
        let before = selection.clone();
        if let Some(display_name) = &update.display_name {
            selection.display_name.clone_from(display_name);
        }
        if let Some(idle_ttl) = update.idle_ttl_micros {
            selection.idle_ttl_micros = idle_ttl;
        }
        if selection == before {
            return Ok(selection);
        }
        if selection.idle_ttl_micros != before.idle_ttl_micros {
            // A new time to live starts now, even if it is shorter.
            selection.expire_time = self.now.plus_micros(selection.idle_ttl_micros);
        }
        selection.change(self.now);
        tx.save_selection(&selection).await?;
        Ok(selection)
    }
}

struct ChangeUsers {
    id: SelectionId,
    revision: Option<i64>,
    direction: MembershipChange,
    users: ResolvedSet,
    users_max: i64,
    now: Timestamp,
}

#[async_trait]
impl Transaction for ChangeUsers {
    type Output = (Selection, i64);

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<(Selection, i64)> {
        let mut selection = find(tx, &self.id, self.now).await?;
        let customer = crate::engine::customer_id(tx);
        check_revision(self.revision, selection.revision, || {
            resource(&customer, &self.id)
        })?;
        let changed = match self.direction {
            MembershipChange::Add => {
                let users = self.users.present(tx).await?;
                let gained = tx.add_selection_users(selection.key, &users).await?;
                selection.user_count += gained;
                gained
            }
            MembershipChange::Remove => {
                let users = &self.users.users;
                let lost = tx.remove_selection_users(selection.key, users).await?;
                selection.user_count -= lost;
                lost
            }
        };
        let (given, max) = (selection.user_count, self.users_max);
        if given > max {
            let kind = LimitKind::SelectionUsers;
            return Err(EngineError::Limit { kind, given, max });
        }
        if changed > 0 {
            selection.change(self.now);
            tx.save_selection(&selection).await?;
        } else if let Some(expire_time) = selection.renewal(self.now) {
            selection.expire_time = expire_time;
            tx.save_selection(&selection).await?;
        }
        Ok((selection, changed))
    }
}

struct Delete {
    delete: DeleteSelection,
    now: Timestamp,
}

#[async_trait]
impl Transaction for Delete {
    type Output = ();

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<()> {
        let DeleteSelection {
            customer,
            id,
            revision,
        } = &self.delete;
        let selection = find(tx, id, self.now).await?;
        check_revision(*revision, selection.revision, || resource(customer, id))?;
        Ok(tx.delete_selection(selection.key).await?)
    }
}
