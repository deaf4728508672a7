//! One read, with a connection of its own.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use futures::Stream;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, StreamTrait,
};
use tokio::runtime::Handle;

use super::interrupt::Guard;
use super::lanes::Admission;
use super::pools::{begin, read_options};
use super::readers::{ReadConnection, Readers};
use crate::StoreResult;

/// What the statements of one read are sent through. When it is dropped while one of them is under
/// way, because the caller is gone, that statement is stopped; other reads get the connection when
/// it has ended.
#[derive(Debug)]
pub(super) struct Reading {
    readers: Arc<Readers>,
    connection: Arc<ReadConnection>,
    transaction: Option<DatabaseTransaction>,
    /// Until it is dropped.
    admission: Option<Admission>,
}

impl Reading {
    pub(super) fn new(
        readers: Arc<Readers>,
        connection: Arc<ReadConnection>,
        admission: Admission,
    ) -> Self {
        Self {
            readers,
            connection,
            transaction: None,
            admission: Some(admission),
        }
    }

    /// Has all statements from now on see one moment. Must run in a task of its own, as [`begin`].
    pub(super) async fn begin(mut self) -> StoreResult<Self> {
        let db = self.connection.db.clone();
        let options = read_options(&db);
        let begun = begin(db, options).await;
        self.transaction = Some(begun.inspect_err(|_| self.readers.refuse_waiting())?);
        Ok(self)
    }

    /// The connection itself, whose statements are not stopped when they are dropped.
    pub(super) fn unguarded(&self) -> &DatabaseConnection {
        &self.connection.db
    }

    async fn run<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let statement = pin!(statement);
        // Made after the statement, it is dropped before: the connection is on its way back to its
        // pool when the statement is dropped, and is to find that it was stopped.
        let guard = self.connection.interrupt.guard();
        let answer = statement.await;
        guard.answered();
        if let Err(DbErr::ConnectionAcquire(_) | DbErr::Conn(_)) = &answer {
            self.readers.refuse_waiting();
        }
        answer
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // Its end is sent off before the connection is another's.
        drop(self.transaction.take());
        let Some(admission) = self.admission.take() else {
            return;
        };
        let connection = Arc::clone(&self.connection);
        if !connection.interrupt.is_asked() {
            self.readers.put_back(connection, admission);
            return;
        }
        let readers = Arc::clone(&self.readers);
        // Without a runtime the process ends, and with it the connection.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                connection.interrupt.clear(&connection.db).await;
                readers.put_back(connection, admission);
            });
        }
    }
}

/// Rows as they come, whose statement is stopped when it is dropped before the last of them.
pub(super) struct Rows<'a> {
    /// Dropped before the rows, as in [`Reading::run`].
    guard: Option<Guard<'a>>,
    rows: Pin<Box<dyn Stream<Item = Result<QueryResult, DbErr>> + Send + 'a>>,
}

impl Stream for Rows<'_> {
    type Item = Result<QueryResult, DbErr>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let row = self.rows.as_mut().poll_next(context);
        if let Poll::Ready(None) = row
            && let Some(guard) = self.guard.take()
        {
            guard.answered();
        }
        row
    }
}

impl StreamTrait for Reading {
    type Stream<'a> = Rows<'a>;

    fn get_database_backend(&self) -> DbBackend {
        self.connection.db.get_database_backend()
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Rows<'a>, DbErr>> + Send + 'a>> {
        Box::pin(async move {
            let rows: Pin<Box<dyn Stream<Item = _> + Send>> = match &self.transaction {
                Some(db) => Box::pin(self.run(db.stream_raw(statement)).await?),
                None => Box::pin(self.run(self.connection.db.stream_raw(statement)).await?),
            };
            let guard = Some(self.connection.interrupt.guard());
            Ok(Rows { guard, rows })
        })
    }
}

#[async_trait]
impl ConnectionTrait for Reading {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.db.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.transaction {
            Some(db) => self.run(db.execute_raw(statement)).await,
            None => self.run(self.connection.db.execute_raw(statement)).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.transaction {
            Some(db) => self.run(db.execute_unprepared(sql)).await,
            None => self.run(self.connection.db.execute_unprepared(sql)).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.transaction {
            Some(db) => self.run(db.query_one_raw(statement)).await,
            None => self.run(self.connection.db.query_one_raw(statement)).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.transaction {
            Some(db) => self.run(db.query_all_raw(statement)).await,
            None => self.run(self.connection.db.query_all_raw(statement)).await,
        }
    }
}
