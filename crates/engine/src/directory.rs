use async_trait::async_trait;
use seatkeeper_domain::{
    CustomerId, Effect, Principal, ProductId, Timestamp, UsageLocation, User, UserFilter, UserId,
    UserOrder, UserState,
};
use seatkeeper_store::{CustomerTx, NewUser, PageStart, UserCursor, UserPageQuery};

use crate::change::resolve_filter;
use crate::engine::{check_revision, customer_id};
use crate::transaction::Transaction;
use crate::{Engine, EngineError, EngineResult, Resource, ResourceKind, ids};

mod delete;
mod import;

pub use delete::DeleteUser;
pub use import::{ImportMode, ImportUsers, ImportedRow, RowFailure};

/// The fields of a user that callers set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserFields {
    /// The sign-in name.
    pub sign_in_name: String,
    /// A name for display.
    pub display_name: String,
    /// The department; empty when unknown.
    pub department: String,
    /// The job title; empty when unknown.
    pub job_title: String,
    /// The country where the user uses the products; `None` when unknown.
    pub usage_location: Option<UsageLocation>,
    /// Whether the user may gain licenses.
    pub state: UserState,
}

/// A request to create a user.
#[derive(Debug, Clone)]
pub struct CreateUser {
    /// The customer of the directory.
    pub customer: CustomerId,
    /// The caller's identifier; generated when absent.
    pub id: Option<UserId>,
    /// The fields of the new user.
    pub fields: UserFields,
    /// The principal that creates the user.
    pub principal: Principal,
}

/// Changes to a user's fields; `None` keeps a field as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of UserFields, one for one")]
pub struct UserPatch {
    pub sign_in_name: Option<String>,
    pub display_name: Option<String>,
    pub department: Option<String>,
    pub job_title: Option<String>,
    pub usage_location: Option<Option<UsageLocation>>,
    pub state: Option<UserState>,
}

/// A request to change a user.
#[derive(Debug, Clone)]
pub struct UpdateUser {
    /// The customer of the directory.
    pub customer: CustomerId,
    /// The user.
    pub id: UserId,
    /// The revision that the user must have; `None` for any.
    pub revision: Option<i64>,
    /// The changed fields.
    pub patch: UserPatch,
    /// The principal that changes the user.
    pub principal: Principal,
}

/// A request for a page of users.
#[derive(Debug, Clone)]
pub struct ListUsers {
    /// The customer of the directory.
    pub customer: CustomerId,
    /// The users to list; `None` for all.
    pub filter: Option<UserFilter<ProductId>>,
    /// The order of the list.
    pub order: UserOrder,
    /// Where the page starts.
    pub start: PageStart<UserCursor>,
    /// The most users to return.
    pub limit: usize,
}

/// A page of users. It says whether there are users before and after it.
#[derive(Debug, Clone)]
pub struct UserPage {
    /// The users, in the requested order.
    pub users: Vec<User>,
    /// Whether there are users before the page.
    pub has_previous: bool,
    /// Whether there are users after the page.
    pub has_next: bool,
    /// Number of users over all pages.
    pub total: i64,
}

impl UserFields {
    fn into_new_user(self, id: UserId, create_time: Timestamp) -> NewUser {
        NewUser {
            id,
            sign_in_name: self.sign_in_name,
            display_name: self.display_name,
            department: self.department,
            job_title: self.job_title,
            usage_location: self.usage_location,
            state: self.state,
            create_time,
        }
    }
}

impl UserPatch {
    /// Applies the patch to `user` at the time `now`; returns whether a field changed.
    fn apply(self, user: &mut User, now: Timestamp) -> bool {
        let before = user.clone();
        set(&mut user.sign_in_name, self.sign_in_name);
        set(&mut user.display_name, self.display_name);
        set(&mut user.department, self.department);
        set(&mut user.job_title, self.job_title);
        set(&mut user.usage_location, self.usage_location);
        set(&mut user.state, self.state);
        if *user == before {
            return false;
        }
        user.revision += 1;
        user.update_time = now;
        true
    }
}

fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}

pub(crate) fn user_resource(customer: &CustomerId, user: &UserId) -> Resource {
    Resource::of_customer(ResourceKind::User, customer, "users", user)
}

impl Engine {
    /// Creates a user.
    ///
    /// # Errors
    /// [`EngineError::AlreadyExists`] when the identifier is taken.
    pub async fn create_user(&self, create: CreateUser) -> EngineResult<User> {
        let customer = create.customer.clone();
        let id = create.id.unwrap_or_else(|| ids::user_id(&*self.core.ids));
        let now = self.core.clock.now();
        let user = create.fields.into_new_user(id, now);
        self.change_customer(
            &customer,
            CreateTransaction {
                user,
                principal: create.principal,
                now,
            },
        )
        .await
    }

    /// Returns a user.
    pub async fn user(&self, customer: &CustomerId, id: &UserId) -> EngineResult<User> {
        let key = self.find_customer(customer).await?.key;
        let found = self.core.store.user(key, id).await?;
        found.ok_or_else(|| EngineError::NotFound(user_resource(customer, id)))
    }

    /// A page of a customer's users.
    pub async fn list_users(&self, list: ListUsers) -> EngineResult<UserPage> {
        let customer = self.find_customer(&list.customer).await?;
        let filter = match list.filter {
            Some(filter) => Some(self.resolve_user_filter("filter", filter).await?),
            None => None,
        };
        let store = &self.core.store;
        let total = match &filter {
            Some(filter) => store.count_users(customer.key, Some(filter)).await?,
            None => customer.user_count,
        };
        let query = UserPageQuery {
            filter,
            order: list.order,
            start: list.start,
            limit: list.limit + 1,
        };
        let mut users = store.list_users(customer.key, &query).await?;
        let neighbors = cut(&mut users, &query.start, list.limit);
        Ok(neighbors.page(users, total))
    }

    pub(crate) async fn resolve_user_filter(
        &self,
        field: &str,
        filter: UserFilter<ProductId>,
    ) -> EngineResult<UserFilter> {
        // A filter without products also works before the first catalog import.
        if let Ok(resolved) = filter.clone().try_map_products(&mut |_| Err(())) {
            return Ok(resolved);
        }
        resolve_filter(&*self.catalog().await?, field, filter)
    }

    /// Changes a user's fields; equal fields create no new revision.
    pub async fn update_user(&self, update: UpdateUser) -> EngineResult<User> {
        let customer = update.customer.clone();
        let now = self.core.clock.now();
        self.change_customer(&customer, UpdateTransaction { update, now })
            .await
    }
}

/// Whether there are more items before and after a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Neighbors {
    has_previous: bool,
    has_next: bool,
}

impl Neighbors {
    /// Builds the page from its users and the total.
    pub(crate) fn page(self, users: Vec<User>, total: i64) -> UserPage {
        UserPage {
            users,
            has_previous: self.has_previous,
            has_next: self.has_next,
            total,
        }
    }
}

/// Removes the one extra item that was requested. It is at the end of the page that is farther from
/// `start`.
pub(crate) fn cut<T>(items: &mut Vec<T>, start: &PageStart<UserCursor>, limit: usize) -> Neighbors {
    let more = items.len() > limit;
    if more && start.is_backward() {
        items.remove(0);
    }
    items.truncate(limit);
    let (has_previous, has_next) = match start {
        PageStart::First => (false, more),
        PageStart::After(_) => (true, more),
        PageStart::Before(_) => (more, true),
        PageStart::Last => (more, false),
    };
    Neighbors {
        has_previous,
        has_next,
    }
}

struct CreateTransaction {
    user: NewUser,
    principal: Principal,
    now: Timestamp,
}

#[async_trait]
impl Transaction for CreateTransaction {
    type Output = User;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<User> {
        let id = self.user.id.clone();
        let existing = tx.resolve_users(std::slice::from_ref(&id)).await?;
        if existing.iter().any(Option::is_some) {
            return Err(EngineError::AlreadyExists(user_resource(
                &customer_id(tx),
                &id,
            )));
        }
        let keys = tx.insert_users(vec![self.user.clone()]).await?;
        let key = *keys.first().expect("one key for one user");
        let user = self.user.clone().into_user(key);
        let effect = Effect::UsersChanged {
            users: vec![user.clone()],
        };
        tx.append(self.now, &self.principal, effect).await?;
        Ok(user)
    }
}

struct UpdateTransaction {
    update: UpdateUser,
    now: Timestamp,
}

#[async_trait]
impl Transaction for UpdateTransaction {
    type Output = User;

    async fn run(&mut self, tx: &mut dyn CustomerTx) -> EngineResult<User> {
        let resource = || user_resource(&self.update.customer, &self.update.id);
        let mut user = find_user(tx, &self.update.id).await?;
        check_revision(self.update.revision, user.revision, resource)?;
        if self.update.patch.clone().apply(&mut user, self.now) {
            tx.update_users(std::slice::from_ref(&user)).await?;
            let effect = Effect::UsersChanged {
                users: vec![user.clone()],
            };
            tx.append(self.now, &self.update.principal, effect).await?;
        }
        Ok(user)
    }
}

pub(crate) async fn find_user(tx: &mut dyn CustomerTx, id: &UserId) -> EngineResult<User> {
    let found = tx
        .users(std::slice::from_ref(id))
        .await?
        .into_iter()
        .flatten()
        .next();
    found.ok_or_else(|| EngineError::NotFound(user_resource(&customer_id(tx), id)))
}
