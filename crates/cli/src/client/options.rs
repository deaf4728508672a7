use clap::Args;
use tonic::codegen::http::Uri;

use crate::output::Format;

/// Options of every command that calls a server.
#[derive(Debug, Clone, Args)]
pub(crate) struct ClientOptions {
    /// URL of the server.
    #[arg(
        long,
        global = true,
        env = "SEATKEEPER_SERVER",
        value_name = "URL",
        default_value = "http://127.0.0.1:50051",
        help_heading = "Connection and output"
    )]
    pub(crate) server: Uri,

    /// Output format: tables for people, or one JSON object per line for programs.
    #[arg(
        long,
        global = true,
        value_enum,
        default_value_t,
        value_name = "FORMAT",
        help_heading = "Connection and output"
    )]
    pub(crate) output: Format,
}
