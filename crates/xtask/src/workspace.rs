use std::path::{Path, PathBuf};

/// The directory that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    root.canonicalize().unwrap_or(root)
}

/// The path of an installed tool. It is out of version control, and `cargo clean` deletes it.
pub(crate) fn tool_path(name: &str) -> PathBuf {
    root().join("target").join(name)
}
