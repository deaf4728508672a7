use std::net::Ipv4Addr;
use std::sync::Arc;

use clap::Parser;
use futures::FutureExt;
use futures::future::LocalBoxFuture;
use seatkeeper_engine::{Engine, EngineConfig};
use seatkeeper_server::{Server, ServerConfig};
use seatkeeper_store::{SqlStore, Store};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::people;
use crate::client::{ClientOptions, Session};
use crate::command_line::CommandLine;
use crate::database::{Database, close};
use crate::output::{Format, Output, heading};
use crate::{CliError, Exit};

/// The sample catalog, with the file names used in the commands.
const FILES: [(&str, &str); 5] = [
    ("catalog.csv", include_str!("../../data/catalog.csv")),
    ("exclusions.csv", include_str!("../../data/exclusions.csv")),
    (
        "dependencies.csv",
        include_str!("../../data/dependencies.csv"),
    ),
    (
        "locations-sample.csv",
        include_str!("../../data/locations-sample.csv"),
    ),
    (
        "applies-to-sample.csv",
        include_str!("../../data/applies-to-sample.csv"),
    ),
];

/// A running server, a directory with the files of the demonstration, and the output.
pub(super) struct Runner<'a> {
    out: &'a mut Output,
    url: String,
    pub(super) session: Session,
    store: Arc<SqlStore>,
    server: Server,
    // Dropping it deletes the directory and its files.
    _directory: TempDir,
    steps: u32,
}

impl<'a> Runner<'a> {
    /// Starts the server and writes the files. From then on, commands run in the directory of the
    /// files, so that they contain plain file names.
    pub(super) async fn start(out: &'a mut Output) -> Result<Self, CliError> {
        let directory = TempDir::with_prefix("seatkeeper-demo-").map_err(CliError::DemoSetup)?;
        for (name, text) in FILES {
            std::fs::write(directory.path().join(name), text).map_err(CliError::DemoSetup)?;
        }
        let users = directory.path().join("users.csv");
        std::fs::write(users, people::csv()).map_err(CliError::DemoSetup)?;
        std::env::set_current_dir(directory.path()).map_err(CliError::DemoSetup)?;

        let engine_config = EngineConfig::default();
        let lease = engine_config.limits.lease;
        let database = Database::Embedded(directory.path().join("data"));
        let store = database.open(lease).await?;
        let engine = Engine::new(Arc::clone(&store) as Arc<dyn Store>, engine_config);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(CliError::Listener)?;
        let address = listener.local_addr().map_err(CliError::Listener)?;
        engine.start();
        let server = Server::start(engine, ServerConfig::default(), listener).await?;
        let url = format!("http://{address}");
        let options = ClientOptions {
            server: url
                .parse()
                .map_err(|_| CliError::Unexpected(format!("{url} is not an address")))?,
            output: Format::Table,
        };
        let session = Session::open(&options).await?;
        Ok(Self {
            out,
            url,
            session,
            store,
            server,
            _directory: directory,
            steps: 0,
        })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Starts a step of the tour.
    pub(super) fn step(&mut self, title: &str, why: &str) {
        self.steps += 1;
        let title = format!("\n━━ {}. {title}", self.steps);
        self.out.print(heading(&title));
        self.print(why);
    }

    pub(super) fn print(&mut self, text: &str) {
        self.out.print(text);
        self.out.flush();
    }

    /// Shows a command, runs it, and checks its exit status.
    pub(super) async fn run(&mut self, words: &[&str], expected: Exit) -> Result<(), CliError> {
        self.show(words);
        let exit = perform(&self.url, words, self.out).await?;
        self.out.flush();
        expect(words, exit, expected)
    }

    /// Like `run`, but without the command's output.
    pub(super) async fn run_quietly(&mut self, words: &[&str]) -> Result<(), CliError> {
        self.show(words);
        let mut nowhere = Output::to(Format::Table, Box::new(std::io::sink()));
        let exit = perform(&self.url, words, &mut nowhere).await?;
        expect(words, exit, Exit::Success)
    }

    /// Shows a command that the server must reject, and its error.
    pub(super) async fn run_refused(&mut self, words: &[&str]) -> Result<(), CliError> {
        self.show(words);
        match perform(&self.url, words, self.out).await {
            Err(error @ CliError::Refused(_)) => {
                self.print(&error.for_people());
                Ok(())
            }
            Err(error) => Err(error),
            Ok(_) => Err(CliError::Unexpected(format!(
                "`{}` succeeded, but an error was expected",
                words.join(" ")
            ))),
        }
    }

    pub(super) async fn wait_for_interrupt(&mut self) -> Result<(), CliError> {
        let url = self.url.clone();
        self.print(&format!(
            "\nthe server runs until Ctrl-C; in another terminal:\n  export SEATKEEPER_SERVER={url}"
        ));
        tokio::signal::ctrl_c().await.map_err(CliError::Signals)
    }

    /// Stops the server and deletes the files.
    pub(super) async fn shut_down(self) {
        drop(self.session);
        self.server.drain().await;
        close(&self.store).await;
    }

    /// Shows a command without running it.
    pub(super) fn show(&mut self, words: &[&str]) {
        let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
        let line = format!("\n$ seatkeeper {}", words.join(" "));
        self.out.print(heading(&line));
        self.out.flush();
    }
}

/// Runs a command against the server of the demonstration, as if it had been typed.
fn perform<'a>(
    url: &'a str,
    words: &'a [&'a str],
    out: &'a mut Output,
) -> LocalBoxFuture<'a, Result<Exit, CliError>> {
    async move {
        let all = std::iter::once("seatkeeper").chain(words.iter().copied());
        let parsed = CommandLine::try_parse_from(all.chain(["--server", url]));
        let line = parsed.map_err(|error| CliError::Unexpected(error.to_string()))?;
        line.command.run(out).await
    }
    .boxed_local()
}

fn expect(words: &[&str], exit: Exit, expected: Exit) -> Result<(), CliError> {
    if exit == expected {
        return Ok(());
    }
    Err(CliError::Unexpected(format!(
        "`{}` ended with {exit:?} instead of {expected:?}",
        words.join(" ")
    )))
}

/// A word quoted for a shell.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:/".contains(c);
    if word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_shown_as_a_shell_takes_them() {
        assert_eq!(quoted("SPE_E5:MCOMEETADV"), "SPE_E5:MCOMEETADV");
        assert_eq!(quoted("department = \"Sales\""), "'department = \"Sales\"'");
        assert_eq!(quoted("it's"), "'it'\\''s'");
    }
}
