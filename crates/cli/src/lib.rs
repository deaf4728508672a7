//! The `seatkeeper` binary: a server, a client for it, and a demonstration of both.

mod client;
mod command_line;
mod commands;
mod csv;
mod database;
mod demo;
mod duration;
mod error;
mod exit;
mod identifier;
mod limits;
mod lines;
mod output;
mod status;

use std::process::ExitCode;

use clap::Parser;

use command_line::CommandLine;
use error::CliError;
use exit::Exit;
use output::{Output, eprint_line, eprint_object};

/// Parses the command line, runs the command and prints its error.
pub fn main() -> ExitCode {
    let command = CommandLine::parse().command;
    let mut out = Output::standard(command.format());
    let in_json = out.is_json();
    let done = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime.block_on(Box::pin(command.run(&mut out))),
        Err(error) => Err(CliError::Runtime(error)),
    };
    let written = out.finish().map_err(CliError::Output);
    match done.and_then(|exit| written.map(|()| exit)) {
        Ok(exit) => exit.into(),
        Err(error) if in_json => {
            eprint_object(&error.to_json());
            ExitCode::from(error.exit_code())
        }
        Err(error) => {
            eprint_line(error.for_people());
            ExitCode::from(error.exit_code())
        }
    }
}
