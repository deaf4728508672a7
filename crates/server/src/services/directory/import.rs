use seatkeeper_domain::{Actor, CustomerName, UserId};
use seatkeeper_engine::{
    Engine, ImportMode, ImportUsers, ImportedRow, Resource, ResourceKind, RowFailure, UserFields,
};
use seatkeeper_proto::v1::import_users_request::{Content, Header, Mode, UserBatch};
use seatkeeper_proto::v1::import_users_response::Failure;
use seatkeeper_proto::v1::{self, ErrorReason};
use tonic::Status;

use crate::caller::Caller;
use crate::convert::names::{name, user_of};
use crate::convert::{catalog::count, policy, user};
use crate::error::{FieldError, FieldErrors, ServerError, ServerResult};
use crate::limits::{IMPORTED_USERS_MAX, TOLD_MAX};
use crate::services::incoming::Incoming;

/// Imports users, one transaction a message.
pub(super) async fn import(
    engine: &Engine,
    caller: Caller,
    mut incoming: Incoming<v1::ImportUsersRequest>,
) -> ServerResult<v1::ImportUsersResponse> {
    let Some((
        _,
        v1::ImportUsersRequest {
            content: Some(Content::Header(header)),
        },
    )) = incoming.next().await?
    else {
        let expected = "the first message must be the header";
        return Err(ServerError::StreamOrder { index: 0, expected });
    };
    let mut import = Import::parse(engine, &header, caller.actor())?;
    // So that an import of nobody into no customer is told, too.
    engine.customer(&import.customer.customer).await?;
    while let Some((index, message)) = incoming.next().await? {
        match message.content {
            Some(Content::Users(users)) => import.message(index, users).await?,
            Some(Content::Header(_)) | None => {
                let expected = "every message after the header must carry users";
                return Err(ServerError::StreamOrder { index, expected });
            }
        }
    }
    Ok(import.response)
}

/// An import on its way.
struct Import<'a> {
    engine: &'a Engine,
    customer: CustomerName,
    mode: ImportMode,
    validate_only: bool,
    actor: Actor,
    /// Users that came in the messages before.
    received: i64,
    response: v1::ImportUsersResponse,
}

/// A user of a message that parsed, with its place in the message.
type Row = (usize, (UserId, UserFields));

impl<'a> Import<'a> {
    fn parse(engine: &'a Engine, header: &Header, actor: Actor) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let customer = errors.take(name::<CustomerName>("header.parent", &header.parent));
        let mode = errors.take(mode(header.mode));
        let (Some(customer), Some(mode)) = (customer, mode) else {
            return Err(errors);
        };
        Ok(Self {
            engine,
            customer,
            mode,
            validate_only: header.validate_only,
            actor,
            received: 0,
            response: v1::ImportUsersResponse::default(),
        })
    }

    async fn message(&mut self, index: i64, batch: UserBatch) -> ServerResult<()> {
        check_length(index, batch.users.len())?;
        let mut rows: Vec<Row> = Vec::with_capacity(batch.users.len());
        for (place, user) in batch.users.iter().enumerate() {
            match self.row(user) {
                Ok(row) => rows.push((place, row)),
                Err(wrong) => self.fail(place, &user.name, &ServerError::Fields(wrong).into()),
            }
        }
        let (places, rows): (Vec<usize>, Vec<_>) = rows.into_iter().unzip();
        let imported = self.engine.import_users(ImportUsers {
            customer: self.customer.customer.clone(),
            mode: self.mode,
            rows,
            validate_only: self.validate_only,
            actor: self.actor.clone(),
        });
        for (place, row) in places.into_iter().zip(imported.await?) {
            self.count(place, &batch.users[place].name, row);
        }
        self.received += count(batch.users.len());
        Ok(())
    }

    fn row(&self, given: &v1::User) -> Result<(UserId, UserFields), FieldErrors> {
        let mut errors = FieldErrors::default();
        let id = errors.take(user_of(&self.customer, || "name".to_owned(), &given.name));
        let fields = errors.take(user::fields(given));
        match (id, fields) {
            (Some(id), Some(fields)) => Ok((id, fields)),
            _ => Err(errors.inside("user")),
        }
    }

    fn count(&mut self, place: usize, name: &str, row: ImportedRow) {
        match row {
            ImportedRow::Created => self.response.created_count += 1,
            ImportedRow::Updated => self.response.updated_count += 1,
            ImportedRow::Unchanged => self.response.unchanged_count += 1,
            ImportedRow::Failed(RowFailure::AlreadyExists) => {
                let status = already_exists(name);
                self.fail(place, name, &status);
            }
            ImportedRow::Failed(RowFailure::Duplicate) => {
                let twice = "is the name of an earlier user of the same message; name each once";
                let error = FieldError::invalid("user.name", twice);
                self.fail(place, name, &ServerError::from(error).into());
            }
        }
    }

    fn fail(&mut self, place: usize, name: &str, status: &Status) {
        self.response.failed_count += 1;
        if self.response.failures.len() < TOLD_MAX {
            self.response.failures.push(Failure {
                index: self.received + count(place),
                user: name.to_owned(),
                error: Some(crate::status::to_rpc(status)),
            });
        }
    }
}

/// What `CreateUser` would have answered.
fn already_exists(name: &str) -> Status {
    let resource = Resource {
        kind: ResourceKind::User,
        name: name.to_owned(),
    };
    ServerError::from(seatkeeper_engine::EngineError::AlreadyExists(resource)).into()
}

fn mode(given: i32) -> Result<ImportMode, FieldError> {
    match Mode::try_from(given) {
        Ok(Mode::Unspecified | Mode::Upsert) => Ok(ImportMode::Upsert),
        Ok(Mode::CreateOnly) => Ok(ImportMode::CreateOnly),
        Err(_) => Err(policy::unknown_value("header.mode", given)),
    }
}

fn check_length(message: i64, given: usize) -> Result<(), FieldError> {
    if given <= IMPORTED_USERS_MAX {
        return Ok(());
    }
    let description = format!(
        "message {message} has {given} users, at most {IMPORTED_USERS_MAX} are allowed; send more \
         messages"
    );
    Err(
        FieldError::new("users.users", ErrorReason::ListTooLong, description)
            .with("given", given)
            .with("maximum", IMPORTED_USERS_MAX)
            .with("alternative", "more messages"),
    )
}
