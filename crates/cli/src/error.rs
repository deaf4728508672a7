use std::error::Error;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;

use seatkeeper_server::ServeError;
use seatkeeper_store::StoreError;
use serde_json::{Value, json};
use tonic::Status;

use crate::csv::CsvError;
use crate::exit::{CONNECTION_LOST, WRONG_USAGE};
use crate::output::one_line;
use crate::status::report;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(
        "no server answers at {server}; start one with `seatkeeper serve`, or set another URL with --server"
    )]
    NoServer {
        server: String,
        #[source]
        source: tonic::transport::Error,
    },
    /// The server rejected or aborted a call.
    #[error("{}", report(.0))]
    Refused(Box<Status>),
    /// The stream of an accepted batch broke, and all retries failed.
    #[error(
        "the connection was lost after result {after} and could not be restored; the batch \
         continues, to follow it: seatkeeper batches follow {batch} --customer {customer} --after {after}"
    )]
    ConnectionLost {
        customer: String,
        batch: String,
        after: i64,
        #[source]
        status: Box<Status>,
    },
    #[error("{0}")]
    Csv(#[from] CsvError),
    #[error("{} could not be read", path.display())]
    File {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} could not be written", path.display())]
    Unwritable {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("{} lists no users", path.display())]
    EmptyList { path: PathBuf },
    #[error("{} line {line}: `{}` is not a user identifier", path.display(), one_line(given))]
    BadList {
        path: PathBuf,
        line: usize,
        given: String,
    },
    #[error(
        "{} line {line} is too long: a line may have at most {maximum} bytes",
        path.display()
    )]
    LineTooLong {
        path: PathBuf,
        line: usize,
        maximum: usize,
    },
    #[error(
        "{} line {line}: the list is too long: it may name at most {maximum} users; to change all users, \
         use --all or --filter",
        path.display()
    )]
    ListTooLong {
        path: PathBuf,
        line: usize,
        maximum: usize,
    },
    #[error("the catalog has no product `{given}`{}", suggestion(candidates))]
    UnknownProduct {
        given: String,
        candidates: Vec<String>,
    },
    #[error(
        "several products have the part number `{given}`; use one of these identifiers:{}",
        listed(candidates)
    )]
    AmbiguousProduct {
        given: String,
        candidates: Vec<String>,
    },
    #[error(
        "product {product} has no service plan `{given}`; to list its plans: seatkeeper catalog show {product}"
    )]
    UnknownPlan { product: String, given: String },
    #[error(
        "{product} has several plans with the part number `{given}`; use one of these identifiers:{}",
        listed(candidates)
    )]
    AmbiguousPlan {
        product: String,
        given: String,
        candidates: Vec<String>,
    },
    #[error("--disable-plan names {product}, which is not assigned; add it with --product")]
    PlanOfOther { product: String },
    /// An error in the command line that its parser can't detect.
    #[error("{0}")]
    Usage(String),
    #[error("the server's response lacks `{0}`; the server may have another version")]
    Incomplete(&'static str),
    #[error("the database has no customer `{customer}`")]
    NoCustomer { customer: String },
    #[error("the database can't be used")]
    Store(#[from] StoreError),
    #[error(
        "refusing to listen on {address}: callers are not authenticated, and other machines could \
         reach the server; listen on 127.0.0.1, or accept the risk with \
         --dangerously-allow-remote-without-authentication"
    )]
    Exposed { address: SocketAddr },
    #[error(transparent)]
    Serve(ServeError),
    #[error(transparent)]
    Telemetry(#[from] seatkeeper_server::TelemetryError),
    #[error("can't read the address of the listening socket")]
    Listener(#[source] std::io::Error),
    #[error("can't install the signal handlers")]
    Signals(#[source] std::io::Error),
    #[error("the demonstration can't be prepared")]
    DemoSetup(#[source] std::io::Error),
    /// A check of the demonstration failed.
    #[error("unexpected result in the demonstration: {0}")]
    Unexpected(String),
    #[error("the async runtime could not be started")]
    Runtime(#[source] std::io::Error),
    #[error("the output could not be written")]
    Output(#[source] std::io::Error),
}

impl From<ServeError> for CliError {
    fn from(error: ServeError) -> Self {
        // The server's own message does not know the option that allows such an address.
        if let ServeError::RemoteWithoutAuthentication { address } = error {
            Self::Exposed { address }
        } else {
            Self::Serve(error)
        }
    }
}

impl CliError {
    /// The error with its causes, for people.
    pub(crate) fn for_people(&self) -> String {
        format!("error: {}", self.in_one_paragraph())
    }

    fn in_one_paragraph(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let _infallible = write!(text, ": {error}");
            cause = error.source();
        }
        text
    }

    /// The error as a JSON object.
    pub(crate) fn to_json(&self) -> Value {
        let error = if let Self::Refused(status) = self {
            report(status).to_json()
        } else {
            json!({ "message": self.in_one_paragraph() })
        };
        json!({ "error": error })
    }

    pub(crate) fn exit_code(&self) -> u8 {
        if matches!(self, Self::ConnectionLost { .. }) {
            CONNECTION_LOST
        } else if matches!(
            self,
            Self::Usage(_) | Self::Store(StoreError::Address { .. })
        ) {
            WRONG_USAGE
        } else {
            1
        }
    }
}

impl From<Status> for CliError {
    fn from(status: Status) -> Self {
        Self::Refused(Box::new(status))
    }
}

fn suggestion(candidates: &[String]) -> String {
    if candidates.is_empty() {
        return "; to search for it: seatkeeper catalog products --search TEXT".to_owned();
    }
    format!("; did you mean:{}", listed(candidates))
}

fn listed(candidates: &[String]) -> String {
    candidates.iter().fold(String::new(), |mut text, one| {
        let _infallible = write!(text, "\n  {one}");
        text
    })
}
