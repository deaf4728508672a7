//! The gRPC layer of Seatkeeper: it translates the API into commands of the engine, and does
//! nothing else. [`Server::start`] serves, [`Server::drain`] ends it.
//!
//! Every method parses its request, runs a command of the engine, and converts the response. Three
//! things live in one place each: errors to statuses, conversions between proto and domain, and the
//! limits.

mod admission;
mod caller;
mod clip;
mod config;
mod convert;
mod error;
mod health;
mod hosts;
mod layers;
mod limits;
mod page_token;
mod proxies;
mod serve;
mod services;
mod status;
mod telemetry;

pub use config::ServerConfig;
pub use hosts::{HostName, InvalidHostName};
pub use limits::{MESSAGE_BYTES_MAX, OPEN_STREAMS_MAX};
pub use proxies::{InvalidNetwork, Network};
pub use serve::{ServeError, Server};
pub use telemetry::{LogFormat, TelemetryError, init_telemetry};
