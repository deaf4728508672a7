//! Connects to PostgreSQL.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use sea_orm::DatabaseConnection;
use sea_orm::sqlx::ConnectOptions as _;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::{READERS_MIN, STATEMENT_CACHE_CAPACITY, migrate, not_connected, to_read};
use crate::StoreResult;
use crate::sql::address::Address;
use crate::sql::cancel::Canceller;
use crate::sql::interrupt::Interrupt;
use crate::sql::options::PostgresOptions;
use crate::sql::pools::{Pools, StatementCount};
use crate::sql::probe::Probe;
use crate::sql::readers::{ReadConnection, Readers};

/// Timeout of the health check's write on PostgreSQL. Only a lock on the whole table, which only a
/// schema change takes, delays it longer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

pub(in crate::sql) async fn open(
    address: &Address,
    options: PostgresOptions,
) -> StoreResult<Pools> {
    let writers = (options.max_connections / 2).max(1);
    let reader_count = options
        .max_connections
        .saturating_sub(writers)
        .max(READERS_MIN);
    let statements = StatementCount::default();
    let mut writer = connect(address, writers, Session::Writing, &options).await?;
    statements.of(&mut writer);
    migrate(&writer).await?;
    let canceller = canceller(address, &options).await?;
    let reading = Session::Reading;
    Ok(Pools {
        writer,
        readers: readers(
            address,
            reader_count,
            reading,
            &options,
            &canceller,
            &statements,
        ),
        probe: Probe::new(connect(address, 1, Session::Probing, &options).await?),
        locks: Arc::default(),
        auto_analyze: Arc::default(),
        canceller: Some(canceller),
        writers: usize::try_from(writers).unwrap_or(usize::MAX),
        statements,
    })
}

/// Connects to a PostgreSQL database for reading only.
pub(in crate::sql) async fn open_to_read(
    address: &Address,
    options: PostgresOptions,
) -> StoreResult<Pools> {
    let statements = StatementCount::default();
    let session = Session::ReadOnly;
    let probe = connect(address, 1, session, &options).await?;
    let canceller = canceller(address, &options).await?;
    let readers = readers(address, 1, session, &options, &canceller, &statements);
    to_read(readers, probe, Some(canceller), statements).await
}

/// The purpose of a pool's connections.
#[derive(Clone, Copy)]
enum Session {
    Writing,
    Reading,
    Probing,
    /// Every write fails.
    ReadOnly,
}

impl Session {
    /// The session settings on the server.
    fn settings(self, options: &PostgresOptions) -> Vec<(&'static str, String)> {
        let mut settings = vec![
            ("synchronous_commit", "on".to_owned()),
            // Suppresses notices that there was nothing to create.
            ("client_min_messages", "error".to_owned()),
            // Statements are written for an index and must use it with or without statistics. New
            // tables have none, and the planner estimates a list of thousands as more expensive
            // than a full scan (docs/decisions/0018).
            ("plan_cache_mode", "force_generic_plan".to_owned()),
            ("enable_seqscan", "off".to_owned()),
            // Compiling takes longer than any of the statements.
            ("jit", "off".to_owned()),
        ];
        match self {
            Self::Writing => settings.push((
                "idle_in_transaction_session_timeout",
                options.silent_transaction_max.as_millis().to_string(),
            )),
            // Statements of disconnected callers are normally cancelled much earlier. This timeout
            // covers cancellations that the network loses.
            Self::Reading => settings.push((
                "statement_timeout",
                options.read_statement_max.as_millis().to_string(),
            )),
            Self::Probing => {
                settings.push(("statement_timeout", PROBE_TIMEOUT.as_millis().to_string()));
            }
            Self::ReadOnly => settings.push(("default_transaction_read_only", "on".to_owned())),
        }
        settings
    }
}

fn connect_options(
    address: &Address,
    session: Session,
    options: &PostgresOptions,
) -> PgConnectOptions {
    address
        .options()
        .application_name("seatkeeper")
        .statement_cache_capacity(STATEMENT_CACHE_CAPACITY)
        .options(session.settings(options))
        .disable_statement_logging()
}

async fn connect(
    address: &Address,
    connections: u32,
    session: Session,
    options: &PostgresOptions,
) -> StoreResult<DatabaseConnection> {
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(options.acquire_timeout)
        .connect_with(connect_options(address, session, options))
        .await;
    Ok(pool.map_err(not_connected)?.into())
}

/// The reading connections; each connects at first use.
fn readers(
    address: &Address,
    count: u32,
    session: Session,
    options: &PostgresOptions,
    canceller: &Canceller,
    statements: &StatementCount,
) -> Arc<Readers> {
    let connect = connect_options(address, session, options);
    let stopped = Arc::<AtomicU64>::default();
    let connection = || {
        let interrupt = Interrupt::new(Arc::clone(&stopped), Some(canceller.clone()));
        let (attached, released) = (Arc::clone(&interrupt), Arc::clone(&interrupt));
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(options.acquire_timeout)
            .after_connect(move |connection, _| {
                let attached = Arc::clone(&attached);
                Box::pin(async move { attached.attach_postgres(connection).await })
            })
            .after_release(move |connection, _| {
                let released = Arc::clone(&released);
                Box::pin(async move { released.leaves_usable(connection).await })
            });
        let mut db = pool.connect_lazy_with(connect.clone()).into();
        statements.of(&mut db);
        ReadConnection { db, interrupt }
    };
    let connections = (0..count).map(|_| connection()).collect();
    Readers::new(connections, stopped, options.acquire_timeout)
}

/// Cancels statements over a permanent connection: connecting takes longer than cancelling.
async fn canceller(address: &Address, options: &PostgresOptions) -> StoreResult<Canceller> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(options.acquire_timeout)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(connect_options(address, Session::Probing, options))
        .await;
    Ok(Canceller::new(pool.map_err(not_connected)?.into()))
}
