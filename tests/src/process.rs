use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::scratch::running;

/// Names the most descriptors that a process may have, in its environment.
pub(crate) const DESCRIPTORS_MAX: &str = "DESCRIPTORS_MAX";

/// Names the libraries that are loaded before all others, in the environment.
pub(crate) const PRELOAD: &str = "LD_PRELOAD";

/// Notes its own id, limits its descriptors where that is asked for, then becomes the program.
const SCRIPT: &str = r#"
echo $$ >"$1" && shift || exit
[ -z "$DESCRIPTORS_MAX" ] || ulimit -n "$DESCRIPTORS_MAX"
exec "$@"
"#;

/// How often it is looked whether a process has ended.
pub(crate) const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// A process that is killed when it is dropped, and also when the test process dies.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// The file with its id, there as long as the id is its own.
    note: PathBuf,
}

impl Process {
    /// Starts a program, free of the caller's own settings for Seatkeeper, with its standard output
    /// to be read and its standard error in a file.
    pub(crate) fn start(program: &Path, arguments: &[impl AsRef<OsStr>], log: &Path) -> Self {
        Self::start_in(&[], program, arguments, log)
    }

    /// The same with settings of its own in the environment.
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

    /// What it writes.
    pub(crate) fn output(&mut self) -> ChildStdout {
        self.child.stdout.take().expect("read once")
    }

    /// Asks it to end, as a service manager does.
    ///
    /// # Panics
    /// When it has ended already.
    pub(crate) fn terminate(&self) {
        self.signal("TERM");
    }

    /// Sends it a signal, by name.
    ///
    /// # Panics
    /// When it has ended already.
    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status()
            .expect("kill can be run");
        assert!(status.success(), "the process has ended already");
    }

    /// Whether all its threads are stopped.
    ///
    /// # Panics
    /// When it has ended already.
    pub(crate) fn is_stopped(&self) -> bool {
        let tasks = format!("/proc/{}/task", self.child.id());
        let tasks = std::fs::read_dir(tasks).expect("the process is there");
        tasks.flatten().all(|task| {
            let status = std::fs::read_to_string(task.path().join("status"));
            // A thread that has ended meanwhile does nothing either.
            status.map_or(true, |status| status.contains("State:\tT"))
        })
    }

    /// The memory it has resident, in bytes.
    ///
    /// # Panics
    /// When it has ended.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.memory("VmRSS:")
    }

    /// The most memory that it has had resident so far, in bytes.
    ///
    /// # Panics
    /// When it has ended.
    pub(crate) fn memory_peak_bytes(&self) -> u64 {
        self.memory("VmHWM:")
    }

    fn memory(&self, which: &str) -> u64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).expect("the process is there");
        let line = status.lines().find_map(|line| line.strip_prefix(which));
        let kib = line.and_then(|line| line.split_whitespace().next());
        kib.expect("it has memory").parse::<u64>().unwrap() * 1024
    }

    /// Kills it as a crash would, and waits until it is gone.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_file(&self.note);
    }

    /// How it ended; `None` while it runs.
    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        let ended = self.child.try_wait().expect("the process is ours");
        if ended.is_some() {
            let _ = std::fs::remove_file(&self.note);
        }
        ended
    }

    /// How it ended; `None` when it still runs after that long. Nothing else of the test goes on
    /// meanwhile.
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
