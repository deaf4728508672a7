use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::scratch::running;

/// Environment variable: the most file descriptors that a process may open.
pub(crate) const DESCRIPTORS_MAX: &str = "DESCRIPTORS_MAX";

/// Environment variable: the libraries that the loader loads before all others.
pub(crate) const PRELOAD: &str = "LD_PRELOAD";

/// Stores the process id, limits the descriptors if requested, then executes the program.
const SCRIPT: &str = r#"
echo $$ >"$1" && shift || exit
[ -z "$DESCRIPTORS_MAX" ] || ulimit -n "$DESCRIPTORS_MAX"
exec "$@"
"#;

/// Interval at which a process is polled for its exit.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A process that is killed when it is dropped, or when the test process dies.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// The file that holds the process id while the process runs.
    note: PathBuf,
}

impl Process {
    /// Starts a program without the caller's Seatkeeper settings. Its standard output is piped, its
    /// standard error goes to a file.
    pub(crate) fn start(program: &Path, arguments: &[impl AsRef<OsStr>], log: &Path) -> Self {
        Self::start_in(&[], program, arguments, log)
    }

    /// Starts a program with further environment variables.
    pub(crate) fn start_in(
        environment: &[(OsString, OsString)],
        program: &Path,
        arguments: &[impl AsRef<OsStr>],
        log: &Path,
    ) -> Self {
        static STARTED: AtomicU32 = AtomicU32::new(0);

        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let note = running().join(number.to_string());
        let log = std::fs::File::create(log).expect("a log can be written");
        let mut command = Command::new("sh");
        command
            .args(["-c", SCRIPT, "sh"])
            .arg(&note)
            .arg(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log);
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"SEATKEEPER_") {
                command.env_remove(name);
            }
        }
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let child = command.spawn().expect("a shell can be run");
        Self { child, note }
    }

    /// The standard output of the process.
    pub(crate) fn output(&mut self) -> ChildStdout {
        self.child.stdout.take().expect("read once")
    }

    /// Sends SIGTERM, as a service manager does.
    ///
    /// # Panics
    /// When the process has exited already.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends a signal by its name.
    ///
    /// # Panics
    /// When the process has exited already.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .expect("kill can be run");
        assert!(status.success(), "the process has exited already");
    }

    /// Whether all threads of the process are stopped.
    ///
    /// # Panics
    /// When the process has exited already.
    pub(crate) fn is_stopped(&self) -> bool {
        let tasks = format!("/proc/{}/task", self.child.id());
        let tasks = std::fs::read_dir(tasks).expect("the process still runs");
        tasks.flatten().all(|task| {
            let status = std::fs::read_to_string(task.path().join("status"));
            // A thread that has just exited counts as stopped.
            status.map_or(true, |status| status.contains("State:\tT"))
        })
    }

    /// The resident memory of the process, in bytes.
    ///
    /// # Panics
    /// When the process has exited.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The peak of the resident memory of the process, in bytes.
    ///
    /// # Panics
    /// When the process has exited.
    pub(crate) fn memory_peak_bytes(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, which: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("the process still runs");
        let line = status.lines().find_map(|line| line.strip_prefix(which));
        let kib = line.and_then(|line| line.split_whitespace().next());
        kib.expect("memory is reported").parse::<u64>().unwrap() * 1024
    }

    /// Kills the process as a crash would, and waits until it has exited.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.note);
    }

    /// The exit status; `None` while the process runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let ended = self.child.try_wait().expect("the process is ours");
        if ended.is_some() {
            let _ = std::fs::remove_file(&self.note);
        }
        ended
    }

    /// The exit status; `None` when the process still runs after the timeout. Blocks the thread: no
    /// other task of the test runs until then.
    pub(crate) fn exit_within(&mut self, timeout: Duration) -> Option<ExitStatus> {
        let deadline = Instant::now() + timeout;
        loop {
            let ended = self.ended();
            if ended.is_some() || Instant::now() >= deadline {
                return ended;
            }
            thread::sleep(POLL_INTERVAL);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
