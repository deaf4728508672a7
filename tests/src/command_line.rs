use std::io::Read;
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::process::Process;
use crate::{Fixture, Scratch, seatkeeper};

/// How long one command may take.
const TIMEOUT: Duration = Duration::from_mins(2);

/// A person's terminal: `seatkeeper` with a server to talk to.
#[derive(Debug)]
pub struct CommandLine {
    url: String,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code.
    pub code: i32,
    /// What it wrote to standard output.
    pub output: String,
    /// What it wrote to standard error.
    pub complaints: String,
}

impl CommandLine {
    /// One that talks to the fixture's server.
    pub fn of(fixture: &Fixture) -> Self {
        Self::to(&fixture.url)
    }

    /// One that talks to the server there.
    pub fn to(url: &str) -> Self {
        Self {
            url: url.to_owned(),
        }
    }

    /// Runs `seatkeeper` with these words, and the server's address behind them.
    pub async fn run(&self, words: &[&str]) -> Ended {
        let mut arguments = words.to_vec();
        arguments.extend(["--server", &self.url]);
        run_alone(&arguments).await
    }

    /// The same with the output for programs, one object a line.
    ///
    /// # Panics
    /// When the command ends with another code than zero, or writes something else.
    pub async fn objects(&self, words: &[&str]) -> Vec<Value> {
        let mut words = words.to_vec();
        words.extend(["--output", "json"]);
        let ended = self.run(&words).await;
        assert_eq!(ended.code, 0, "{ended:?}");
        ended.objects()
    }
}

impl Ended {
    /// The output, one object a line.
    ///
    /// # Panics
    /// When it is something else.
    pub fn objects(&self) -> Vec<Value> {
        let lines = self.output.lines();
        let objects = lines.map(serde_json::from_str::<Value>);
        let objects = objects.collect::<Result<Vec<_>, _>>();
        let objects = objects.unwrap_or_else(|error| panic!("{error}: {self:?}"));
        assert!(objects.iter().all(Value::is_object), "{self:?}");
        objects
    }
}

/// Runs `seatkeeper` with these words alone.
///
/// # Panics
/// When it does not end, or is killed.
pub async fn run_alone(words: &[&str]) -> Ended {
    run_program(seatkeeper(), words).await
}

/// Runs a program with these words.
///
/// # Panics
/// When it does not end, or is killed.
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
    let status = status.unwrap_or_else(|| panic!("{words:?} does not end: {complaints}"));
    Ended {
        code: status.code().expect("the command was not killed"),
        output: reader.join().expect("no panic").expect("output is text"),
        complaints,
    }
}
