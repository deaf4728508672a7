use std::ffi::OsString;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{ChildStdout, ExitStatus};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use crate::process::{POLL_INTERVAL, Process};
use crate::{Scratch, Storage, seatkeeper};

/// How long a server may take until it listens or refuses to.
const PATIENCE: Duration = Duration::from_mins(1);
const ANNOUNCEMENT: &str = "listening on ";
const LOG_TAIL_LINES: usize = 40;

/// A `seatkeeper serve` process on a free port of the loopback, with the storage it works on.
#[derive(Debug)]
pub struct Server {
    process: Process,
    url: String,
    storage: Arc<Storage>,
    arguments: Vec<OsString>,
    logs: Scratch,
}

impl Server {
    /// Starts a server and waits until it listens.
    ///
    /// # Panics
    /// When it does not.
    pub fn start(storage: Storage) -> Self {
        Self::start_with(storage, &[])
    }

    /// The same with further arguments.
    pub fn start_with(storage: Storage, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(OsString::from);
        Self::start_on(Arc::new(storage), arguments.collect())
    }

    /// Starts another server on the same data.
    ///
    /// # Panics
    /// When it does not listen.
    #[must_use]
    pub fn start_beside(&self) -> Self {
        Self::start_on(Arc::clone(&self.storage), self.arguments.clone())
    }

    fn start_on(storage: Arc<Storage>, arguments: Vec<OsString>) -> Self {
        let logs = Scratch::create();
        match launch(&storage, &arguments, &logs) {
            Ok((process, url)) => Self {
                process,
                url,
                storage,
                arguments,
                logs,
            },
            Err(refused) => panic!("the server did not start: {refused:?}"),
        }
    }

    /// Starts a server that is expected to refuse, and gives how it ended and what it said.
    ///
    /// # Panics
    /// When it listens.
    pub fn refuse(storage: &Storage, arguments: &[&str]) -> (ExitStatus, String) {
        let arguments = arguments.iter().map(OsString::from).collect::<Vec<_>>();
        match launch(storage, &arguments, &Scratch::create()) {
            Ok((_, url)) => panic!("the server listens on {url}"),
            Err(refused) => refused,
        }
    }

    /// Where it listens, as `http://127.0.0.1:…`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it works on.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// Kills it as a crash would. What it was working on stays as it is.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Asks it to drain and end.
    pub fn terminate(&self) {
        self.process.terminate();
    }

    /// How it ended; `None` when it still runs after that long. The test's connections live on
    /// meanwhile.
    pub async fn exit_within(&mut self, patience: Duration) -> Option<ExitStatus> {
        let ended = async {
            loop {
                if let Some(status) = self.process.ended() {
                    return status;
                }
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        tokio::time::timeout(patience, ended).await.ok()
    }

    /// Starts it again on the same data, after it was killed or has ended.
    pub fn start_again(&mut self) {
        self.process.kill();
        match launch(&self.storage, &self.arguments, &self.logs) {
            Ok((process, url)) => (self.process, self.url) = (process, url),
            Err(refused) => panic!("the server did not start again: {refused:?}"),
        }
    }

    /// The end of what it logged since it was last started.
    pub fn log_tail(&self) -> String {
        let content = std::fs::read_to_string(log(&self.logs)).unwrap_or_default();
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

/// The process and its address, or how it ended and what it said.
fn launch(
    storage: &Storage,
    further: &[OsString],
    logs: &Scratch,
) -> Result<(Process, String), (ExitStatus, String)> {
    let mut arguments = vec![OsString::from("serve")];
    if !further.iter().any(|argument| argument == "--listen") {
        arguments.extend(["--listen".into(), "127.0.0.1:0".into()]);
    }
    arguments.extend(storage.arguments());
    arguments.extend_from_slice(further);
    let log = log(logs);
    let mut process = Process::start(seatkeeper(), &arguments, &log);
    if let Some(url) = announced(process.output()) {
        return Ok((process, url));
    }
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    let ended = process.exit_within(PATIENCE);
    let ended = ended.unwrap_or_else(|| panic!("the server neither listens nor ends: {}", said()));
    Err((ended, said()))
}

fn log(logs: &Scratch) -> PathBuf {
    logs.path().join("log")
}

/// The address that the server announces; `None` when its output ends before, or nothing comes.
fn announced(output: ChildStdout) -> Option<String> {
    let (tell, told) = mpsc::channel();
    // Reads on to the end, so that the server never writes into a closed pipe.
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some(url) = line.strip_prefix(ANNOUNCEMENT) {
                let _ = tell.send(url.trim().to_owned());
            }
        }
    });
    told.recv_timeout(PATIENCE).ok()
}
