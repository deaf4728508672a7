//! Checks the protos with `buf`: style, format, and compatibility with clients of the earlier
//! contract.

use std::path::Path;
use std::process::Command;

use crate::process::{command, print_line, read, run, succeeds};
use crate::{Failure, setup};

const CONFIGURATION: &str = "buf.yaml";
const OURS: &str = "proto/seatkeeper";
/// A commit breaks the contract on purpose if its message has a line with this prefix. The prefix
/// counts only until the first version is tagged.
const DELIBERATE: &str = "BREAKING CHANGE:";

pub(crate) fn check() -> Result<(), Failure> {
    let buf = setup::buf()?;
    run(command(&buf).arg("lint"))?;
    run(command(&buf)
        .args(["format", "--diff", "--exit-code"])
        .args(["--path", OURS]))?;
    check_breaking(&buf)
}

fn check_breaking(buf: &Path) -> Result<(), Failure> {
    let Some(earlier) = earlier_contract()? else {
        return Ok(());
    };
    run(command(buf)
        .args(["breaking", "--against"])
        .arg(format!(".git#ref={earlier}")))
}

/// The commit to compare with: the newest tagged version, or the previous commit if no version is
/// tagged.
fn earlier_contract() -> Result<Option<String>, Failure> {
    let tagged = succeeds(&mut newest_tag());
    let earlier = if tagged {
        read(&mut newest_tag())?.trim().to_owned()
    } else {
        "HEAD~1".to_owned()
    };
    let file = format!("{earlier}:{CONFIGURATION}");
    if !succeeds(git().args(["cat-file", "-e", &file])) {
        print_line("no earlier contract to compare with");
        return Ok(None);
    }
    if !tagged && breaks_deliberately()? {
        print_line("the last commit breaks the contract on purpose");
        return Ok(None);
    }
    Ok(Some(earlier))
}

fn newest_tag() -> Command {
    let mut describe = git();
    describe.args(["describe", "--tags", "--abbrev=0", "--match", "v*"]);
    describe
}

fn breaks_deliberately() -> Result<bool, Failure> {
    let message = read(git().args(["log", "-1", "--format=%B"]))?;
    Ok(message.lines().any(|line| line.starts_with(DELIBERATE)))
}

fn git() -> Command {
    command("git")
}
