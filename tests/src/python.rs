use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Scratch;

/// A Python client with code generated from the contract.
#[derive(Debug)]
pub struct PythonClient {
    generated: Scratch,
}

impl PythonClient {
    /// Generates the client code.
    ///
    /// # Panics
    /// When the packages that `cargo xtask setup` installs are missing, or the contract can't be
    /// compiled.
    pub fn generate() -> Self {
        let packages = packages();
        assert!(
            packages.join("grpc_tools").is_dir(),
            "no grpc_tools in {}: run `cargo xtask setup`",
            packages.display()
        );
        let generated = Scratch::create();
        let contract = workspace().join("proto");
        let out = generated.path().display();
        let mut protoc = python(&packages);
        protoc
            .args(["-m", "grpc_tools.protoc"])
            .arg(format!("-I{}", contract.display()))
            .arg(format!("-I{}", contract.join("third_party").display()))
            .arg(format!("--python_out={out}"))
            .arg(format!("--grpc_python_out={out}"));
        protoc.args(protos(&contract.join("seatkeeper/v1")));
        succeed(&mut protoc);
        Self { generated }
    }

    /// Runs one of the programs in `clients/` and returns its output.
    ///
    /// # Panics
    /// When the program fails.
    pub fn run(&self, program: &str, arguments: &[&str]) -> String {
        let path = [packages(), self.generated.path().to_path_buf()];
        let path = std::env::join_paths(path).expect("no colon in the paths");
        let mut client = python(&packages());
        client
            .env("PYTHONPATH", path)
            .arg(
                Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join("clients")
                    .join(program),
            )
            .args(arguments);
        succeed(&mut client)
    }
}

fn python(packages: &Path) -> Command {
    let mut python = Command::new("python3");
    python
        .env("PYTHONPATH", packages)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::null());
    python
}

fn succeed(command: &mut Command) -> String {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .expect("python3 can be run");
    assert!(
        output.status.success(),
        "{command:?} ended with {}",
        output.status
    );
    String::from_utf8(output.stdout).expect("output is text")
}

/// The folder into which `cargo xtask setup python-clients` installs the packages.
fn packages() -> PathBuf {
    workspace().join("target/python-clients")
}

fn workspace() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    root.canonicalize().expect("the workspace is there")
}

fn protos(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).expect("the contract is there");
    let paths = entries.map(|entry| entry.expect("readable").path());
    paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "proto")
        })
        .collect()
}
