use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::process::PRELOAD;

/// The `seatkeeper` program, built in the test's own profile by the first call.
///
/// # Panics
/// When the build fails.
pub fn seatkeeper() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build(&["--bin", "seatkeeper"]))
}

/// The `seatkeeper-bench` program, built in the same profile.
///
/// # Panics
/// When the build fails.
pub fn seatkeeper_bench() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| build(&["--bin", "seatkeeper-bench"]))
}

/// The `seatkeeper` program with fault injection, built in the same profile.
///
/// # Panics
/// When the build fails.
pub fn seatkeeper_fault_injection() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    let features = ["--features", "seatkeeper/fault-injection"];
    PROGRAM
        .get_or_init(|| build(&[&["--bin", "seatkeeper-fault-injection"][..], &features].concat()))
}

fn build(which: &[&str]) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile_dir = test
        .ancestors()
        .nth(2)
        .expect("tests are in <target>/<profile>/deps");
    let target_dir = test
        .ancestors()
        .find(|directory| directory.join("CACHEDIR.TAG").is_file())
        .expect("cargo tags its target directory");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args([
            "build",
            "--quiet",
            // With the features of the whole workspace, as the tests are built: cargo compiles the
            // shared dependencies once.
            "--workspace",
            "--target-dir",
        ])
        .arg(target_dir)
        .args(which)
        .args(["--message-format", "json-render-diagnostics"])
        // A preloaded library, such as a clock that is ahead, is for the server alone.
        .env_remove(PRELOAD)
        .stderr(Stdio::inherit());
    if profile_dir.ends_with("release") {
        cargo.arg("--release");
    }
    let output = cargo.output().expect("cargo can be run");
    assert!(output.status.success(), "seatkeeper does not build");
    executable(&output.stdout).expect("cargo names the program it built")
}

/// The path of the program in the messages of `cargo build`.
fn executable(messages: &[u8]) -> Option<PathBuf> {
    serde_json::Deserializer::from_slice(messages)
        .into_iter::<serde_json::Value>()
        .filter_map(Result::ok)
        .find_map(|message| Some(PathBuf::from(message.get("executable")?.as_str()?)))
}
