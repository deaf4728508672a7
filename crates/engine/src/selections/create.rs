use async_trait::async_trait;
use seatkeeper_domain::{CustomerId, Selection, SelectionId, Timestamp, UserSet};
use seatkeeper_store::{CustomerTx, NewSelection};

use super::resolve::ResolvedSet;
use super::resource;
use crate::clock::micros;
use crate::engine::customer_id;
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, LimitKind, ResolvedUsers, ids};

/// A request to save a selection.
#[derive(Debug, Clone)]
pub struct CreateSelection {
    /// The customer.
    pub customer: CustomerId,
    /// The caller's identifier; generated when absent.
    pub id: Option<SelectionId>,
    /// A name for display.
    pub display_name: String,
    /// How long the selection lives after its last use, in microseconds; the default when absent.
    pub idle_ttl_micros: Option<i64>,
}

/// A request to save a selection that is built from other selections.
#[derive(Debug, Clone)]
pub struct CombineSelections {
    /// The new selection.
    pub create: CreateSelection,
    /// How the sources are combined.
    pub operation: SetOperation,
    /// The selections to combine. A difference subtracts the later ones from the first.
    pub sources: Vec<SelectionId>,
}

/// How selections are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOperation {
    /// Users in at least one source.
    Union,
    /// Users in all sources.
    Intersection,
    /// Users in the first source and in no other one.
    Difference,
}

impl Engine {
    /// Saves a selection of resolved users.
    ///
    /// # Errors
    /// [`EngineError::AlreadyExists`] when the identifier is taken, [`EngineError::Limit`] when the
    /// customer has too many selections.
    pub async fn create_selection(
        &self,
        create: CreateSelection,
        users: &ResolvedUsers,
    ) -> EngineResult<Selection> {
        self.save_selection(create, users.resolved_set()).await
    }

    /// Saves a selection built from other selections. This counts as a use of each source.
    ///
    /// # Errors
    /// The same as [`Engine::create_selection`]; [`EngineError::Limit`] also when the selection has
    /// too many users.
    pub async fn combine_selections(&self, combine: CombineSelections) -> EngineResult<Selection> {
        let customer = self.find_customer(&combine.create.customer).await?;
        let deleted_before = self.core.store.count_deleted_users(customer.key).await?;
        let mut combined: Option<UserSet> = None;
        for source in &combine.sources {
            let users = self.use_selection(&customer, source).await?;
            combined = Some(match (combined, combine.operation) {
                (None, _) => UserSet::clone(&users),
                (Some(mut combined), operation) => {
                    match operation {
                        SetOperation::Union => combined |= &users,
                        SetOperation::Intersection => combined &= &users,
                        SetOperation::Difference => combined -= &users,
                    }
                    combined
                }
            });
        }
        let users = combined.unwrap_or_default();
        self.check_selection_users(users.len())?;
        let users = ResolvedSet {
            users,
            deleted_before,
        };
        self.save_selection(combine.create, users).await
    }

    async fn save_selection(
        &self,
        create: CreateSelection,
        users: ResolvedSet,
    ) -> EngineResult<Selection> {
        let limits = &self.core.limits;
        let now = self.core.clock.now();
        let idle_ttl_micros = create
            .idle_ttl_micros
            .unwrap_or_else(|| micros(limits.selection_idle_ttl));
        let id = create
            .id
            .unwrap_or_else(|| ids::selection_id(&*self.core.ids));
        let transaction = Create {
            new: NewSelection {
                id,
                display_name: create.display_name,
                idle_ttl_micros,
                expire_time: now.plus_micros(idle_ttl_micros),
                create_time: now,
            },
            users,
            selections_max: limits.selections_per_customer_max,
            now,
        };
        self.change_customer(&create.customer, transaction).await
    }
}

struct Create {
    new: NewSelection,
    users: ResolvedSet,
    selections_max: i64,
    now: Timestamp,
}

#[async_trait]
impl Transaction for Create {
    type Output = Selection;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Selection> {
        if let Some(existing) = tx.selection(&self.new.id).await? {
            if existing.is_live(self.now) {
                let taken = resource(&customer_id(tx), &existing.id);
                return Err(EngineError::AlreadyExists(taken));
            }
            tx.delete_selection(existing.key).await?;
        }
        let given = tx.count_selections(self.now).await? + 1;
        if given > self.selections_max {
            let (kind, max) = (LimitKind::Selections, self.selections_max);
            return Err(EngineError::Limit { kind, given, max });
        }
        let users = self.users.present(tx).await?;
        Ok(tx.insert_selection(self.new.clone(), &users).await?)
    }
}
