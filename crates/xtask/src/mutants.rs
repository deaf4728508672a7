//! Mutants: patches that put a bug into a copy of the workspace. A test must catch each of them.

mod harness;
mod patch;
#[cfg(test)]
mod tests;
mod workspace_copy;

use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

use self::harness::{Harness, Outcome};
use self::patch::Patch;
use self::workspace_copy::WorkspaceCopy;
use crate::process::{command, heading, print_line, read, run as run_command};
use crate::{Failure, setup, workspace};

/// The page that describes every mutant.
const PAGE: &str = "docs/mutants.md";

/// A mutant with one of the tests that must catch it.
type Case<'a> = (&'a Patch, &'a Harness);

/// Checks that the tests catch every mutant, or the one that `hash` chooses. First checks that
/// these tests pass without the mutant, unless the caller knows it.
pub(crate) fn run(hash: Option<&str>, tests_passed: bool) -> Result<(), Failure> {
    heading("mutants");
    let patches = Patch::all()?;
    let mut cases = cases(&patches);
    if let Some(hash) = hash {
        let chosen = chosen(&cases, &full(hash)?)?;
        print_line(&format!("chosen: {}, {}", chosen.0.name, chosen.1));
        cases = vec![chosen];
    }
    let postgres = setup::postgres()?;
    let copy = WorkspaceCopy::open(postgres.dir())?;
    if !tests_passed {
        pass_without_mutants(&copy, &cases)?;
    }
    let begun = Instant::now();
    let escaped: Vec<String> = cases
        .iter()
        .filter_map(|case| catch(&copy, *case).err())
        .map(|failure| failure.with_sources())
        .collect();
    copy.update()?;
    let (count, seconds) = (cases.len(), begun.elapsed().as_secs());
    print_line(&format!("{count} checked in {seconds} s"));
    if escaped.is_empty() {
        return Ok(());
    }
    Err(Failure::Mutants { escaped })
}

/// Checks that every patch applies to the sources, and that the page lists it.
pub(crate) fn check_patches() -> Result<(), Failure> {
    let patches = Patch::all()?;
    let page = fs::read_to_string(workspace::root().join(PAGE))
        .map_err(|source| Failure::file("read", PAGE, source))?;
    for patch in &patches {
        if !page.contains(&format!("| `{}` |", patch.name)) {
            return Err(patch.wrong(&format!("has no row in {PAGE}")));
        }
        run_command(command("git").args(["apply", "--check"]).arg(&patch.path))?;
    }
    Ok(())
}

fn cases(patches: &[Patch]) -> Vec<Case<'_>> {
    let with_harnesses = |patch| Patch::harnesses(patch).iter().map(move |one| (patch, one));
    patches.iter().flat_map(with_harnesses).collect()
}

/// The hash of a commit with this name; any other hash stays as it is.
fn full(hash: &str) -> Result<String, Failure> {
    if hash == "HEAD" {
        return read(command("git").args(["rev-parse", hash]));
    }
    Ok(hash.to_owned())
}

fn chosen<'a>(cases: &[Case<'a>], hash: &str) -> Result<Case<'a>, Failure> {
    let digits = hash.trim().chars().take(8).collect::<String>();
    let number = usize::from_str_radix(&digits, 16);
    let number = number.map_err(|_| Failure::NoHash(hash.to_owned()))?;
    Ok(cases[number % cases.len()])
}

fn pass_without_mutants(copy: &WorkspaceCopy, cases: &[Case<'_>]) -> Result<(), Failure> {
    let harnesses: BTreeSet<&Harness> = cases.iter().map(|(_, harness)| *harness).collect();
    for harness in harnesses {
        harness.build(copy)?;
        if let Outcome::Failed(reason) = harness.run(copy)? {
            let harness = harness.to_string();
            return Err(Failure::FailsWithoutMutant { harness, reason });
        }
    }
    Ok(())
}

fn catch(copy: &WorkspaceCopy, (patch, harness): Case<'_>) -> Result<(), Failure> {
    let begun = Instant::now();
    copy.update()?;
    copy.apply(&patch.path)?;
    harness.build(copy)?;
    let built = begun.elapsed();
    match harness.run(copy)? {
        Outcome::Passed => Err(patch.wrong(&format!("is not caught by {harness}"))),
        Outcome::Failed(reason) => {
            print_line(&format!(
                "{} is caught by {harness} ({} s, {} s of it to build): {reason}",
                patch.name,
                begun.elapsed().as_secs(),
                built.as_secs(),
            ));
            Ok(())
        }
    }
}
