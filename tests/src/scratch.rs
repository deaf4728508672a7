use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

/// Waits for the end of its standard input, which the end of the test process causes. Then kills
/// the processes that tests started and deletes their files.
const SCRIPT: &str = r#"
cat >/dev/null
for file in "$1"/running/*; do
    [ -e "$file" ] && kill -KILL "$(cat "$file")" 2>/dev/null
done
for round in 1 2 3 4 5; do
    rm -rf -- "$1" && exit 0
    sleep 0.2
done
"#;

/// A directory that is deleted when it is dropped, or when the test process dies.
#[derive(Debug)]
pub struct Scratch {
    directory: TempDir,
}

impl Scratch {
    /// Creates an empty directory.
    pub fn create() -> Self {
        let directory = TempDir::new_in(base()).expect("a directory can be created");
        Self { directory }
    }

    /// The path of the directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Lets other accounts traverse the directory to paths that they know.
    pub(crate) fn open_to_all(&self) {
        for directory in [base(), self.path()] {
            let through = Permissions::from_mode(0o711);
            std::fs::set_permissions(directory, through).expect("the directory is ours");
        }
    }

    /// Writes a file into the directory.
    pub fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path().join(name);
        std::fs::write(&path, content).expect("a file can be written");
        path
    }
}

/// The directory in which running processes store their ids. The watchdog reads it.
pub(crate) fn running() -> PathBuf {
    base().join("running")
}

/// The directory of this test process. A shell outlives the test process just long enough to clean
/// the directory up.
fn base() -> &'static Path {
    static BASE: OnceLock<(PathBuf, Child)> = OnceLock::new();
    let (base, _) = BASE.get_or_init(|| {
        let base = tempfile::Builder::new()
            .prefix("seatkeeper-e2e-")
            .tempdir()
            .expect("a directory can be created");
        let watchdog = guard(base.path());
        // From this line on the watchdog deletes the directory.
        let base = base.keep();
        std::fs::create_dir(base.join("running")).expect("a directory can be created");
        (base, watchdog)
    });
    base
}

fn guard(base: &Path) -> Child {
    use std::os::unix::process::CommandExt;

    Command::new("sh")
        .args(["-c", SCRIPT, "sh"])
        .arg(base)
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // An interrupt typed at the terminal must not reach the watchdog.
        .process_group(0)
        .spawn()
        .expect("a shell can be run")
}
