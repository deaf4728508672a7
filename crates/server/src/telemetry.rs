use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// Text for people, in color on a terminal.
    #[default]
    Human,
    /// One JSON object per line, for machines.
    Json,
}

/// The error of [`init_telemetry`].
#[derive(Debug, thiserror::Error)]
#[error("logging is set up already")]
pub struct TelemetryError(#[source] tracing_subscriber::util::TryInitError);

/// Sends log lines to the standard error. The environment variable `RUST_LOG` sets the levels; the
/// default is `info` and above.
pub fn init_telemetry(format: LogFormat) -> Result<(), TelemetryError> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Human => lines
            .with_ansi(std::io::stderr().is_terminal())
            .finish()
            .try_init(),
        LogFormat::Json => lines.json().flatten_event(true).finish().try_init(),
    }
    .map_err(TelemetryError)
}
