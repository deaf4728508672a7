//! `seatkeeper serve`.

mod connections;
mod overload;
mod recovery;
mod retention;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use seatkeeper_domain::BuyMoreTemplate;
use seatkeeper_engine::{Engine, EngineConfig};
use seatkeeper_server::{LogFormat, ServeError, Server, ServerConfig, init_telemetry};
use seatkeeper_store::Store;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use self::connections::ConnectionOptions;
use self::overload::OverloadOptions;
use self::recovery::RecoveryOptions;
use self::retention::RetentionOptions;
use crate::database::{Database, DatabaseUrl, close};
use crate::output::Output;
use crate::{CliError, Exit};

/// `seatkeeper serve`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  seatkeeper serve
  seatkeeper serve --listen 127.0.0.1:0 --data-dir /var/lib/seatkeeper --log-format json
  SEATKEEPER_DATABASE_URL=postgres://user:password@host/database seatkeeper serve

The server writes its address to the standard output as `listening on http://ADDRESS`, and its log to
the standard error. RUST_LOG sets the log level, for example RUST_LOG=debug. SIGTERM and SIGINT drain
the server: health changes to NOT_SERVING, streams end with a resume point, and accepted batches
continue after the next start or on another server.")]
pub(crate) struct Serve {
    /// The address to listen on; port 0 picks a free port.
    #[arg(
        long,
        env = "SEATKEEPER_LISTEN",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:50051"
    )]
    listen: SocketAddr,

    /// Directory of the embedded database; created if it is missing.
    #[arg(
        long,
        env = "SEATKEEPER_DATA_DIR",
        value_name = "DIR",
        default_value = "seatkeeper-data"
    )]
    data_dir: PathBuf,

    /// URL of a PostgreSQL database to use instead of the embedded one; several servers may share
    /// it.
    #[arg(
        long,
        env = "SEATKEEPER_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        conflicts_with = "data_dir"
    )]
    database_url: Option<DatabaseUrl>,

    /// Listen on an address that other machines can reach, although callers are not authenticated:
    /// every caller that reaches it can do everything.
    #[arg(long)]
    dangerously_allow_remote_without_authentication: bool,

    /// Format of log lines.
    #[arg(
        long,
        env = "SEATKEEPER_LOG_FORMAT",
        value_enum,
        default_value_t = LogLines::Human
    )]
    log_format: LogLines,

    /// Drain timeout at shutdown, in seconds; open connections are closed after it.
    #[arg(
        long,
        env = "SEATKEEPER_DRAIN_SECONDS",
        value_name = "N",
        default_value_t = ServerConfig::default().drain.as_secs()
    )]
    drain_seconds: u64,

    /// URL where customers can buy seats; the server returns it for products without a free seat.
    /// `{customer}`, `{product}` and `{part_number}` are replaced by percent-encoded values, for
    /// example `https://shop.example/{customer}?sku={part_number}`.
    #[arg(
        long,
        env = "SEATKEEPER_BUY_MORE_URI_TEMPLATE",
        value_name = "TEMPLATE",
        value_parser = BuyMoreTemplate::parse
    )]
    buy_more_uri_template: Option<BuyMoreTemplate>,

    #[command(flatten)]
    recovery: RecoveryOptions,

    #[command(flatten)]
    overload: OverloadOptions,

    #[command(flatten)]
    connections: ConnectionOptions,

    #[command(flatten)]
    retention: RetentionOptions,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LogLines {
    /// Text for people.
    Human,
    /// One JSON object per line, for programs.
    Json,
}

impl Serve {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let server_config = self.server_config();
        let engine_config = self.engine_config()?;
        init_telemetry(self.log_format())?;
        let shutdown = shutdown()?;
        server_config.check_listen(self.listen)?;

        let store = self.database().open(engine_config.limits.lease).await?;
        let engine = Engine::new(Arc::clone(&store) as Arc<dyn Store>, engine_config);
        let listener = listen(self.listen).await?;
        let address = listener.local_addr().map_err(CliError::Listener)?;
        engine.start();
        out.print(format_args!("listening on http://{address}"));
        out.flush();
        let server = Server::start(engine, server_config, listener).await?;

        shutdown.await;

        server.drain().await;
        close(&store).await;
        Ok(Exit::Success)
    }

    fn log_format(&self) -> LogFormat {
        match self.log_format {
            LogLines::Human => LogFormat::Human,
            LogLines::Json => LogFormat::Json,
        }
    }

    fn database(&self) -> Database {
        Database::of(self.database_url.clone(), self.data_dir.clone())
    }

    fn engine_config(&self) -> Result<EngineConfig, CliError> {
        let mut limits = self.overload.limits(&self.recovery.limits());
        self.retention.apply(&mut limits)?;
        Ok(EngineConfig {
            buy_more: self.buy_more_uri_template.clone(),
            limits,
            ..EngineConfig::default()
        })
    }

    fn server_config(&self) -> ServerConfig {
        let others = ServerConfig {
            allow_remote_without_authentication: self
                .dangerously_allow_remote_without_authentication,
            drain: Duration::from_secs(self.drain_seconds),
            ..ServerConfig::default()
        };
        self.connections.config(&self.overload.config(&others))
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| ServeError::Bind { address, source })
}

/// Completes at the first SIGTERM or SIGINT.
fn shutdown() -> Result<impl Future<Output = ()>, CliError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::Signals)?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
