//! One read, with its own connection.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use async_trait::async_trait;
use futures::Stream;
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StreamTrait,
};
use tokio::runtime::Handle;

use super::interrupt::Guard;
use super::lanes::Admission;
use super::pools::{begin, read_options};
use super::readers::{ReadConnection, Readers};
use crate::StoreResult;

/// The connection for the statements of one read. Dropping it during a statement, because the
/// caller disconnected, stops that statement. Other reads get the connection when the statement has
/// ended.
#[derive(Debug)]
pub(super) struct Reading {
    readers: Arc<Readers>,
    connection: Arc<ReadConnection>,
    transaction: Option<DatabaseTransaction>,
    /// Always set until this value is dropped.
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

    /// Makes all later statements see one moment. Must run in a separate task, like [`begin`].
    pub(super) async fn begin(mut self) -> StoreResult<Self> {
        let db = self.connection.db.clone();
        let options = read_options(&db);
        let begun = begin(db, options).await;
        self.transaction = Some(begun.inspect_err(|_| self.readers.refuse_waiting())?);
        Ok(self)
    }

    async fn run<T>(&self, statement: impl Future<Output = Result<T, DbErr>>) -> Result<T, DbErr> {
        let statement = pin!(statement);
        // Created after the statement, so dropped before it. When the statement is dropped, its
        // connection returns to the pool, which must then find the interrupt requested.
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
        // Sends the end of the transaction before another read gets the connection.
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
        // Without a runtime the process is ending, and the connection with it.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                connection.interrupt.clear(&connection.db).await;
                readers.put_back(connection, admission);
            });
        }
    }
}

/// A stream of rows. Dropping it before the last row stops its statement.
pub(super) struct Rows<'a> {
    /// Dropped before `rows`, as in [`Reading::run`].
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
