//! Compiles the contract without protoc and keeps its comments for reflection.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

const ROOT: &str = "../../proto";

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(ROOT);
    let third_party = root.join("third_party");
    println!("cargo::rerun-if-changed={ROOT}");

    let mut compiler = protox::Compiler::new([root, third_party.as_path()])?;
    compiler
        .include_imports(true)
        .include_source_info(true)
        .open_files(contract(&root.join("seatkeeper/v1"))?)?;
    let out_dir = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    // The compiler encodes the set with custom options. The decoded set below has lost them.
    fs::write(
        out_dir.join("seatkeeper.v1.bin"),
        compiler.encode_file_descriptor_set(),
    )?;

    tonic_prost_build::configure()
        .bytes(".")
        .boxed(".seatkeeper.v1.BatchEvent.event.started")
        .boxed(".seatkeeper.v1.BatchEvent.event.finished")
        .boxed(".seatkeeper.v1.CreateSelectionRequest.content.header")
        .extern_path(".seatkeeper.v1.BatchResults", "crate::BatchResults")
        .extern_path(".google.rpc.Status", "::tonic_types::Status")
        .compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

/// Every proto of the contract, sorted so that builds are reproducible.
fn contract(directory: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "proto")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
