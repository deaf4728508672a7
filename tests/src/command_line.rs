use std::io::Read;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::process::Process;
use crate::{Fixture, Scratch, seatkeeper};

/// Timeout of one command.
const TIMEOUT: Duration = Duration::from_mins(2);

/// The `seatkeeper` command line of one user, connected to one server.
#[derive(Debug)]
pub struct CommandLine {
    url: String,
}

/// Exit code and output of a command.
#[derive(Debug)]
pub struct Ended {
    /// The exit code.
    pub code: i32,
    /// Everything on standard output.
    pub output: String,
    /// Everything on standard error.
    pub complaints: String,
}

impl CommandLine {
    /// A command line for the fixture's server.
    pub fn of(fixture: &Fixture) -> Self {
        Self::to(&fixture.url)
    }

    /// A command line for the server at a URL.
    pub fn to(url: &str) -> Self {
        Self {
            url: url.to_owned(),
        }
    }

    /// Runs `seatkeeper` with these arguments, followed by the server's address.
    pub async fn run(&self, words: &[&str]) -> Ended {
        let mut arguments = words.to_vec();
        arguments.extend(["--server", &self.url]);
        run_alone(&arguments).await
    }

    /// Runs a command with JSON output and returns its objects, one per line.
    ///
    /// # Panics
    /// When the command exits with a code other than zero, or prints anything but JSON objects.
    pub async fn objects(&self, words: &[&str]) -> Vec<Value> {
        let mut words = words.to_vec();
        words.extend(["--output", "json"]);
        let ended = self.run(&words).await;
        assert_eq!(ended.code, 0, "{ended:?}");
        ended.objects()
    }
}

impl Ended {
    /// The output as JSON objects, one per line.
    ///
    /// # Panics
    /// When a line is not JSON.
    pub fn objects(&self) -> Vec<Value> {
        let lines = self.output.lines();
        let objects = lines.map(serde_json::from_str::<Value>);
        let objects = objects.collect::<Result<Vec<_>, _>>();
        let objects = objects.unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert!(objects.iter().all(Value::is_object), "{self:?}");
        objects
    }
}

/// Runs `seatkeeper` with these arguments and no server address.
///
/// # Panics
/// When the command does not exit before the timeout, or a signal kills it.
pub async fn run_alone(words: &[&str]) -> Ended {
    run_program(seatkeeper(), words).await
}

/// Runs a program with these arguments.
///
/// # Panics
/// When the program does not exit before the timeout, or a signal kills it.
pub async fn run_program(program: &'static Path, words: &[&str]) -> Ended {
    let words = words.iter().map(|word| (*word).to_owned());
    let words = words.collect::<Vec<_>>();
    let ended = tokio::task::spawn_blocking(move || run_to_end(program, &words)).await;
    ended.expect("the command can be run")
}

pub(crate) fn run_to_end(program: &Path, words: &[String]) -> Ended {
    let scratch = Scratch::create();
    let log = scratch.path().join("log");
    let mut process = Process::start(program, words, &log);
    let mut stdout = process.output();
    let reader = std::thread::spawn(move || {
        let mut output = String::new();
        stdout.read_to_string(&mut output).map(|_| output)
    });
    let status = process.exit_within(TIMEOUT);
    let complaints = std::fs::read_to_string(&log).unwrap();
    let status = status.unwrap_or_else(|| panic!("{words:?} timed out: {complaints}"));
    Ended {
        code: status.code().expect("the command was not killed"),
        output: reader.join().expect("no panic").expect("output is text"),
        complaints,
    }
}
