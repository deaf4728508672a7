use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdout, ExitStatus};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::process::{DESCRIPTORS_MAX, POLL_INTERVAL, Process};
use crate::{Scratch, Storage, seatkeeper, seatkeeper_fault_injection};

/// Timeout for a server to listen, or to exit.
const TIMEOUT: Duration = Duration::from_mins(1);
const ANNOUNCEMENT: &str = "listening on ";
const LOG_TAIL_LINES: usize = 40;

/// A `seatkeeper serve` process on a free port of the loopback interface, with its storage.
#[derive(Debug)]
pub struct Server {
    process: Process,
    url: String,
    storage: Arc<Storage>,
    launch: Launch,
    logs: Scratch,
}

/// Program, arguments and environment of a server.
#[derive(Debug, Clone)]
pub struct Launch {
    program: &'static Path,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Launch {
    /// The released program, with further arguments.
    pub fn plain(arguments: &[&str]) -> Self {
        Self::of(seatkeeper(), arguments)
    }

    /// The program with fault injection, with further arguments.
    pub fn with_fault_injection(arguments: &[&str]) -> Self {
        Self::of(seatkeeper_fault_injection(), arguments)
    }

    fn of(program: &'static Path, arguments: &[&str]) -> Self {
        Self {
            program,
            arguments: arguments.iter().map(OsString::from).collect(),
            environment: Vec::new(),
        }
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Limits the server to `max` file descriptors.
    #[must_use]
    pub fn with_descriptors(self, max: u32) -> Self {
        self.with(DESCRIPTORS_MAX, max.to_string())
    }
}

impl Server {
    /// Starts a server and waits until it listens.
    ///
    /// # Panics
    /// When the server does not listen before the timeout.
    pub fn start(storage: Storage) -> Self {
        Self::start_with(storage, &[])
    }

    /// Starts a server with further arguments.
    pub fn start_with(storage: Storage, arguments: &[&str]) -> Self {
        Self::start_on(Arc::new(storage), Launch::plain(arguments))
    }

    /// Starts another server on the same data.
    ///
    /// # Panics
    /// When the server does not listen before the timeout.
    #[must_use]
    pub fn start_beside(&self) -> Self {
        Self::start_on(Arc::clone(&self.storage), self.launch.clone())
    }

    /// Starts a server on data that other servers may use as well.
    ///
    /// # Panics
    /// When the server does not listen before the timeout.
    pub fn start_on(storage: Arc<Storage>, launch: Launch) -> Self {
        let logs = Scratch::create();
        match start(&storage, &launch, &logs) {
            Ok((process, url)) => Self {
                process,
                url,
                storage,
                launch,
                logs,
            },
            Err(refused) => panic!("the server did not start: {refused:?}"),
        }
    }

    /// Starts a server that must refuse to start. Returns its exit status and its log.
    ///
    /// # Panics
    /// When the server listens.
    pub fn refuse(storage: &Storage, arguments: &[&str]) -> (ExitStatus, String) {
        Self::refuse_launch(storage, &Launch::plain(arguments))
    }

    /// Starts a server as `launch` says; it must refuse to start. Returns its exit status and its
    /// log.
    ///
    /// # Panics
    /// When the server listens.
    pub fn refuse_launch(storage: &Storage, launch: &Launch) -> (ExitStatus, String) {
        match start(storage, launch, &Scratch::create()) {
            Ok((_, url)) => panic!("the server listens on {url}"),
            Err(refused) => refused,
        }
    }

    /// The URL of the server, as `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The storage that the server uses.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Kills the server as a crash would. Its data stays as it is.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Sends SIGTERM: the server drains and exits.
    pub fn terminate(&self) {
        self.process.terminate();
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        self.process.signal(name);
    }

    /// Waits until all threads of the server are stopped, as after SIGSTOP.
    ///
    /// # Panics
    /// When the server still runs after the timeout.
    pub async fn has_stopped_within(&self, timeout: Duration) {
        let stopped = async {
            while !self.process.is_stopped() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        let stopped = tokio::time::timeout(timeout, stopped).await;
        stopped.expect("the server stops");
    }

    /// The resident memory of the server, in bytes.
    ///
    /// # Panics
    /// When the server has exited.
    pub fn memory_bytes(&self) -> u64 {
        self.process.memory_bytes()
    }

    /// The peak of the resident memory since the last start, in bytes.
    ///
    /// # Panics
    /// When the server has exited.
    pub fn memory_peak_bytes(&self) -> u64 {
        self.process.memory_peak_bytes()
    }

    /// Whether the server still runs.
    pub fn is_running(&mut self) -> bool {
        self.process.ended().is_none()
    }

    /// The exit status; `None` when the server still runs after the timeout. Other tasks of the
    /// test keep running.
    pub async fn exit_within(&mut self, timeout: Duration) -> Option<ExitStatus> {
        let ended = async {
            loop {
                if let Some(status) = self.process.ended() {
                    return status;
                }
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(timeout, ended).await.ok()
    }

    /// Starts the server again on the same data, after a kill or an exit.
    pub fn start_again(&mut self) {
        self.process.kill();
        match start(&self.storage, &self.launch, &self.logs) {
            Ok((process, url)) => (self.process, self.url) = (process, url),
            Err(refused) => panic!("the server did not start again: {refused:?}"),
        }
    }

    /// The log since the last start.
    pub fn log(&self) -> String {
        std::fs::read_to_string(log(&self.logs)).unwrap_or_default()
    }

    /// The end of the log since the last start.
    pub fn log_tail(&self) -> String {
        let content = self.log();
        let lines = content.lines().collect::<Vec<_>>();
        lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if thread::panicking() {
            eprintln!("the server's log ends with\n{}", self.log_tail());
        }
        self.process.kill();
    }
}

/// Starts the process. Returns the process and its address, or its exit status and its log.
fn start(
    storage: &Storage,
    launch: &Launch,
    logs: &Scratch,
) -> Result<(Process, String), (ExitStatus, String)> {
    let mut arguments = vec![OsString::from("serve")];
    if !launch
        .arguments
        .iter()
        .any(|argument| argument == "--listen")
    {
        arguments.extend(["--listen".into(), "127.0.0.1:0".into()]);
    }
    arguments.extend(storage.arguments());
    arguments.extend_from_slice(&launch.arguments);
    let log = log(logs);
    let mut process = Process::start_in(&launch.environment, launch.program, &arguments, &log);
    if let Some(url) = announced(process.output()) {
        storage.is_written_by(launch.program);
        return Ok((process, url));
    }
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    let ended = process.exit_within(TIMEOUT);
    let ended = ended.unwrap_or_else(|| panic!("the server neither listens nor ends: {}", said()));
    Err((ended, said()))
}

fn log(logs: &Scratch) -> PathBuf {
    logs.path().join("log")
}

/// The address that the server announces; `None` when its output ends first, or nothing arrives.
fn announced(output: ChildStdout) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    // The thread reads to the end, so that the server never writes into a closed pipe.
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(url) = line.strip_prefix(ANNOUNCEMENT) {
                let _ = sender.send(url.trim().to_owned());
            }
        }
    });
    receiver.recv_timeout(TIMEOUT).ok()
}
