mod rows;

use seatkeeper_domain::{CustomerName, Principal};
use seatkeeper_engine::{
    Engine, ImportMode, ImportUsers, ImportedRow, Resource, ResourceKind, RowFailure,
};
use seatkeeper_proto::v1::import_users_request::{Content, Header, Mode, UserBatch};
use seatkeeper_proto::v1::import_users_response::Failure;
use seatkeeper_proto::v1::{self, ErrorReason};
use tonic::Status;

use crate::admission::BlockingPool;
use crate::caller::Caller;
use crate::clip::clip;
use crate::convert::names::name;
use crate::convert::page_bytes::PageBytes;
use crate::convert::{catalog::count, policy};
use crate::error::{FieldError, FieldErrors, ServerError, ServerResult};
use crate::limits::{FAILED_NAME_BYTES_MAX, IMPORTED_USERS_MAX, INLINE_ITEMS_MAX, REPORTED_MAX};
use crate::services::request_stream::RequestStream;
use rows::Rows;

/// Imports users, one transaction per message.
pub(super) async fn import(
    engine: &Engine,
    caller: Caller,
    mut incoming: RequestStream<v1::ImportUsersRequest>,
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
    let mut import = Import::parse(engine, &header, caller.principal())?;
    // An import into a missing customer fails even if it has no users.
    engine.customer(&import.customer.customer).await?;
    while let Some((index, message)) = incoming.next().await? {
        match message.content {
            Some(Content::Users(users)) => {
                import.message(incoming.pool(), index, users).await?;
            }
            Some(Content::Header(_)) | None => {
                let expected = "every message after the header must carry users";
                return Err(ServerError::StreamOrder { index, expected });
            }
        }
    }
    Ok(import.response)
}

/// An import whose messages are being received.
struct Import<'a> {
    engine: &'a Engine,
    customer: CustomerName,
    mode: ImportMode,
    validate_only: bool,
    principal: Principal,
    /// How many users the earlier messages had.
    received: i64,
    response: v1::ImportUsersResponse,
    /// The bytes of the failures in the response.
    bytes: PageBytes,
    /// Whether a failure did not fit the response.
    is_full: bool,
}

impl<'a> Import<'a> {
    fn parse(
        engine: &'a Engine,
        header: &Header,
        principal: Principal,
    ) -> Result<Self, FieldErrors> {
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
            principal,
            received: 0,
            response: v1::ImportUsersResponse::default(),
            bytes: PageBytes::default(),
            is_full: false,
        })
    }

    async fn message(
        &mut self,
        pool: &BlockingPool,
        index: i64,
        batch: UserBatch,
    ) -> ServerResult<()> {
        let given = batch.users.len();
        check_length(index, given)?;
        let (customer, room) = (self.customer.clone(), self.room());
        let read = move || Rows::read(&customer, batch.users, room);
        let read = if given <= INLINE_ITEMS_MAX {
            read()
        } else {
            pool.run(read).await?
        };
        for (index, wrong) in read.failures {
            self.fail(index, &read.users[index].name, || {
                ServerError::Fields(wrong).into()
            });
        }
        self.response.failed_count += read.other_failures;
        let imported = self.engine.import_users(ImportUsers {
            customer: self.customer.customer.clone(),
            mode: self.mode,
            rows: read.parsed,
            validate_only: self.validate_only,
            principal: self.principal.clone(),
        });
        for (index, row) in read.indexes.into_iter().zip(imported.await?) {
            self.count(index, &read.users[index].name, row);
        }
        self.received += count(given);
        Ok(())
    }

    /// How many further failures the response can list.
    fn room(&self) -> usize {
        if self.is_full {
            return 0;
        }
        REPORTED_MAX.saturating_sub(self.response.failures.len())
    }

    fn count(&mut self, index: usize, name: &str, row: ImportedRow) {
        match row {
            ImportedRow::Created => self.response.created_count += 1,
            ImportedRow::Updated => self.response.updated_count += 1,
            ImportedRow::Unchanged => self.response.unchanged_count += 1,
            ImportedRow::Failed(RowFailure::AlreadyExists) => {
                self.fail(index, name, || already_exists(name));
            }
            ImportedRow::Failed(RowFailure::Duplicate) => self.fail(index, name, || {
                let twice = "is the name of an earlier user in this message; name each user once";
                ServerError::from(FieldError::invalid("user.name", twice)).into()
            }),
        }
    }

    /// Counts a user who was not imported, and reports the reason if the response has room for it.
    fn fail(&mut self, index: usize, name: &str, status: impl FnOnce() -> Status) {
        self.response.failed_count += 1;
        if self.room() == 0 {
            return;
        }
        let failure = Failure {
            index: self.received + count(index),
            user: clip(name, FAILED_NAME_BYTES_MAX),
            error: Some(crate::status::to_rpc(&status())),
        };
        if self.bytes.add(&failure) {
            self.response.failures.push(failure);
        } else {
            self.is_full = true;
        }
    }
}

/// The status that `CreateUser` returns for this user.
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
