use std::collections::HashSet;

use async_trait::async_trait;
use seatkeeper_domain::{CustomerId, Effect, Principal, Timestamp, User, UserId};
use seatkeeper_store::{CustomerTx, NewUser};

use super::{UserFields, UserPatch};
use crate::transaction::Transaction;
use crate::{Engine, EngineResult};

/// What an import does with users that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Leaves them unchanged and reports them as failed.
    CreateOnly,
    /// Updates them with the imported fields.
    Upsert,
}

/// Users to be imported in one transaction.
#[derive(Debug, Clone)]
pub struct ImportUsers {
    /// The customer of the directory.
    pub customer: CustomerId,
    /// What to do with users that exist.
    pub mode: ImportMode,
    /// The users, in order.
    pub rows: Vec<(UserId, UserFields)>,
    /// Validate only: return what would change and write nothing.
    pub validate_only: bool,
    /// The principal that imports the users.
    pub principal: Principal,
}

/// The outcome of one imported row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportedRow {
    /// The user was created.
    Created,
    /// The user's fields were updated.
    Updated,
    /// The user already had these fields.
    Unchanged,
    /// The row was skipped.
    Failed(RowFailure),
}

/// Why an imported row was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFailure {
    /// The user exists, and the import mode is [`ImportMode::CreateOnly`].
    AlreadyExists,
    /// An earlier row of the same message has the same identifier.
    Duplicate,
}

impl Engine {
    /// Imports users in one transaction and returns one result for each row. The server splits a
    /// stream into steps of [`crate::Limits::import_rows`].
    pub async fn import_users(&self, import: ImportUsers) -> EngineResult<Vec<ImportedRow>> {
        let customer = import.customer.clone();
        let now = self.core.clock.now();
        self.change_customer(&customer, ImportTransaction { import, now })
            .await
    }
}

struct ImportTransaction {
    import: ImportUsers,
    now: Timestamp,
}

#[async_trait]
impl Transaction for ImportTransaction {
    type Output = Vec<ImportedRow>;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<Vec<ImportedRow>> {
        let ids = self
            .import
            .rows
            .iter()
            .map(|(id, _)| id.clone())
            .collect::<Vec<_>>();
        let existing = tx.users(&ids).await?;
        let decided = decide(&self.import, &existing, self.now);
        if self.import.validate_only {
            return Ok(decided.rows);
        }
        let mut changed = decided.updated;
        if !changed.is_empty() {
            tx.update_users(&changed).await?;
        }
        if !decided.created.is_empty() {
            let keys = tx.insert_users(decided.created.clone()).await?;
            let created = decided.created.into_iter().zip(keys);
            changed.extend(created.map(|(user, key)| user.into_user(key)));
        }
        if !changed.is_empty() {
            let effect = Effect::UsersChanged { users: changed };
            tx.append(self.now, &self.import.principal, effect).await?;
        }
        Ok(decided.rows)
    }
}

#[derive(Default)]
struct Decided {
    rows: Vec<ImportedRow>,
    created: Vec<NewUser>,
    updated: Vec<User>,
}

fn decide(import: &ImportUsers, existing: &[Option<User>], now: Timestamp) -> Decided {
    let mut decided = Decided::default();
    let mut seen = HashSet::new();
    for ((id, fields), existing) in import.rows.iter().zip(existing) {
        let row = if seen.insert(id) {
            decide_row(
                import.mode,
                id,
                fields,
                existing.as_ref(),
                now,
                &mut decided,
            )
        } else {
            ImportedRow::Failed(RowFailure::Duplicate)
        };
        decided.rows.push(row);
    }
    decided
}

fn decide_row(
    mode: ImportMode,
    id: &UserId,
    fields: &UserFields,
    existing: Option<&User>,
    now: Timestamp,
    decided: &mut Decided,
) -> ImportedRow {
    let Some(existing) = existing else {
        decided
            .created
            .push(fields.clone().into_new_user(id.clone(), now));
        return ImportedRow::Created;
    };
    if mode == ImportMode::CreateOnly {
        return ImportedRow::Failed(RowFailure::AlreadyExists);
    }
    let mut user = existing.clone();
    if !UserPatch::from(fields.clone()).apply(&mut user, now) {
        return ImportedRow::Unchanged;
    }
    decided.updated.push(user);
    ImportedRow::Updated
}

impl From<UserFields> for UserPatch {
    fn from(fields: UserFields) -> Self {
        Self {
            sign_in_name: Some(fields.sign_in_name),
            display_name: Some(fields.display_name),
            department: Some(fields.department),
            job_title: Some(fields.job_title),
            usage_location: Some(fields.usage_location),
            state: Some(fields.state),
        }
    }
}
