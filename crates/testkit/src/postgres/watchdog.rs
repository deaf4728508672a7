use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::PostgresError;

/// Waits for the end of its standard input, which the end of the test process causes. Then stops
/// the server and deletes its directory. The loop handles a server that was just starting when the
/// process died.
const SCRIPT: &str = r#"
cat >/dev/null
base=$1
lock=$base/data/postmaster.pid
for round in 1 2 3; do
    pid=$(head -n 1 "$lock" 2>/dev/null)
    if [ -n "$pid" ] && kill -QUIT "$pid" 2>/dev/null; then
        polls=0
        while [ -e "$lock" ] && kill -0 "$pid" 2>/dev/null; do
            polls=$((polls + 1))
            [ "$polls" -eq 200 ] && kill -KILL "$pid" 2>/dev/null
            [ "$polls" -eq 220 ] && break
            sleep 0.05
        done
    fi
    rm -rf -- "$base" && exit 0
    sleep 0.2
done
exit 1
"#;

/// A shell that outlives the test process just long enough to clean up.
#[derive(Debug)]
pub(super) struct Watchdog {
    child: Child,
    /// Dropping the pipe signals the watchdog.
    lifeline: Option<ChildStdin>,
}

impl Watchdog {
    /// Starts the watchdog of the cluster in `base`.
    pub(super) fn guard(base: &Path) -> Result<Self, PostgresError> {
        let mut child = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(base)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // An interrupt typed at the terminal must not reach the watchdog.
            .process_group(0)
            .spawn()
            .map_err(|source| PostgresError::Spawn {
                program: PathBuf::from("sh"),
                source,
            })?;
        let lifeline = child.stdin.take();
        Ok(Self { child, lifeline })
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // A failed clean-up can't be repaired here.
        let _ = self.child.wait();
    }
}
