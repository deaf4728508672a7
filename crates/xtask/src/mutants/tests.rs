use std::path::PathBuf;

use super::patch::Patch;
use super::{cases, chosen};

const DIFF: &str = "--- a/src/lib.rs\n+++ b/src/lib.rs\n-Caught by: nothing\n";

fn patch(name: &str, head: &str) -> Result<Patch, crate::Failure> {
    let path = PathBuf::from(format!("tests/mutants/{name}.patch"));
    Patch::parse(path, &format!("It breaks.\n\n{head}\n{DIFF}"))
}

#[test]
fn a_patch_names_the_tests_that_catch_it() {
    let patch = patch(
        "lost-fence",
        "Caught by: simulation every_seed SEEDS=400\nCaught by: kill lives A=1 B=2\n",
    );
    let patch = patch.unwrap();
    assert_eq!(patch.name, "lost-fence");
    let harnesses = patch.harnesses().iter().map(ToString::to_string);
    let harnesses = harnesses.collect::<Vec<_>>();
    assert_eq!(harnesses, ["simulation every_seed", "kill lives"]);
}

#[test]
fn a_patch_without_a_test_or_with_an_unknown_one_is_refused() {
    for head in [
        "",
        "Caught by: luck every_seed\n",
        "Caught by: kill\n",
        "Caught by: kill x y\n",
    ] {
        assert!(patch("lost-fence", head).is_err(), "{head:?}");
    }
}

#[test]
fn a_hash_chooses_any_case() {
    let patches = ["one", "two"].map(|name| {
        let head = format!("Caught by: kill {name}\nCaught by: history {name}\n");
        patch(name, &head).unwrap()
    });
    let cases = cases(&patches);
    let choose = |hash: &str| chosen(&cases, hash).unwrap().1.to_string();
    assert_eq!(choose("00000000ff"), "kill one");
    assert_eq!(choose("00000005\n"), "history one");
    assert_eq!(choose("ffffffff0"), "history two");
    assert!(chosen(&cases, "main").is_err());
}
