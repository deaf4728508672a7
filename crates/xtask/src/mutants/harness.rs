use std::fmt;
use std::fs::{self, File};

use super::workspace_copy::WorkspaceCopy;
use crate::Failure;
use crate::process::{print_line, run, status};

/// What `cargo test` prints when a test has run and failed. Other failures, as of the build, catch
/// no mutant.
const FAILED: &str = "test result: FAILED";
/// What it prints when it found no test of the name.
const NONE_RUN: &str = "test result: ok. 0 passed";

/// Tests that must catch a mutant. As text: the target, the beginning of the tests' names, and
/// environment variables, for example `simulation every_seed SEEDS=400`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Harness {
    target: Target,
    filter: String,
    environment: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Target {
    Simulation,
    Cancelled,
    History,
    Kill,
}

/// How a harness ended.
pub(super) enum Outcome {
    Passed,
    /// A test failed; its message.
    Failed(String),
}

impl Harness {
    pub(super) fn parse(line: &str) -> Option<Self> {
        let mut words = line.split_whitespace();
        let target = words.next()?;
        let target = Target::ALL.iter().find(|(_, name)| *name == target)?.0;
        let filter = words.next()?.to_owned();
        let environment = words
            .map(|word| word.split_once('='))
            .map(|pair| pair.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Some(Self {
            target,
            filter,
            environment: environment.collect::<Option<_>>()?,
        })
    }

    /// Builds the tests, and the program that they start.
    pub(super) fn build(&self, copy: &WorkspaceCopy) -> Result<(), Failure> {
        if let Some(program) = self.target.program() {
            let mut build = copy.cargo("build");
            run(build.args(["--quiet", "--workspace"]).args(program))?;
        }
        let mut build = copy.cargo("test");
        run(build
            .args(["--quiet", "--no-run"])
            .args(self.target.tests()))
    }

    /// Runs the tests that are built.
    pub(super) fn run(&self, copy: &WorkspaceCopy) -> Result<Outcome, Failure> {
        let log = copy.log();
        let unusable = |source| Failure::file("write", &log, source);
        let file = File::create(&log).map_err(unusable)?;
        let mut test = copy.cargo("test");
        test.args(self.target.tests())
            .args(["--", &self.filter])
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdout(file.try_clone().map_err(unusable)?)
            .stderr(file);
        print_line(&format!("running {self}"));
        let passed = status(&mut test)?.success();
        let printed = fs::read(&log).map_err(|source| Failure::file("read", &log, source))?;
        let printed = String::from_utf8_lossy(&printed);
        if passed && !printed.contains(NONE_RUN) {
            return Ok(Outcome::Passed);
        }
        if printed.contains(FAILED) {
            return Ok(Outcome::Failed(message(&printed)));
        }
        let harness = self.to_string();
        Err(Failure::HarnessNotRun { harness, log })
    }
}

impl fmt::Display for Harness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.target.name(), self.filter)
    }
}

/// The first line of the first panic's message.
fn message(printed: &str) -> String {
    let mut lines = printed.lines();
    let _panic = lines.find(|line| line.contains("panicked at"));
    lines.next().unwrap_or("it failed").to_owned()
}

impl Target {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Simulation, "simulation"),
        (Self::Cancelled, "cancelled"),
        (Self::History, "history"),
        (Self::Kill, "kill"),
    ];

    fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(target, _)| *target == self);
        named.map_or("", |(_, name)| name)
    }

    /// The arguments of `cargo test`, with the features of the whole workspace, so that the crates
    /// that the suite has built are used.
    fn tests(self) -> &'static [&'static str] {
        match self {
            Self::Simulation => &["--workspace", "--test", "simulation"],
            Self::Cancelled => &["--workspace", "--test", "cancelled"],
            Self::History => &["--workspace", "--test", "history"],
            Self::Kill => &["--workspace", "--test", "kill"],
        }
    }

    /// The program that the tests start, as arguments of `cargo build`. It is built before the
    /// tests, which would report a patch that does not compile as a failed test.
    fn program(self) -> Option<&'static [&'static str]> {
        match self {
            Self::Simulation | Self::Cancelled => None,
            Self::History => Some(&["--bin", "seatkeeper"]),
            Self::Kill => Some(&[
                "--bin",
                "seatkeeper-fault-injection",
                "--features",
                "seatkeeper/fault-injection",
            ]),
        }
    }
}
