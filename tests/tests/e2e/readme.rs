use std::path::Path;

use seatkeeper_tests::{
    Database, Ended, Scratch, Server, Storage, on_each_database, run_program, seatkeeper,
};

/// The shell runs this before the tour. Any exit code but 0 ends the tour, except 3 for failed
/// users.
const STRICTLY: &str = "trap 'code=$?; [ $code = 3 ] || exit $code' ERR; set -o pipefail; set -u";

fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// The commands of the tour in the README.
fn tour() -> String {
    let readme = std::fs::read_to_string(workspace().join("README.md")).unwrap();
    let (_, tour) = readme.split_once("## A tour on the command line").unwrap();
    let (_, commands) = tour.split_once("```sh\n").unwrap();
    let (commands, _) = commands.split_once("```").unwrap();
    commands.to_owned()
}

/// Runs the tour on a new server, in a directory with a link to the repository's crates.
async fn walk(database: Database) -> (Scratch, Ended) {
    let server = Server::start(Storage::create(database));
    let scratch = Scratch::create();
    let programs = seatkeeper().parent().unwrap().display();
    let script = format!(
        "{STRICTLY}\ncd '{}'\nln -s '{}' crates\nexport PATH='{programs}':\"$PATH\"\n\
         export SEATKEEPER_SERVER='{}'\n{}",
        scratch.path().display(),
        workspace().join("crates").canonicalize().unwrap().display(),
        server.url(),
        tour()
    );
    let ended = run_program(Path::new("/bin/bash"), &["-c", &script]).await;
    (scratch, ended)
}

/// The position of a text in the output after `from`.
fn position_of(ended: &Ended, from: usize, what: &str) -> usize {
    let found = ended.output[from..].find(what);
    from + found.unwrap_or_else(|| panic!("{what:?} is missing after {from}: {ended:?}"))
}

async fn its_tour_works_as_written(database: Database) {
    let (scratch, ended) = walk(database).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let revoked = position_of(&ended, 0, "revoked MCOMEETADV");
    position_of(&ended, revoked, "assigned MCOMEETADV");
    let waits = position_of(&ended, revoked, "waitlisted FLOW_FREE");
    position_of(&ended, waits, "raj FLOW_FREE assigned");
    let confirmation = scratch.path().join("confirmation.csv");
    let confirmation = std::fs::read_to_string(confirmation).unwrap();
    assert!(
        confirmation.contains(",MCOMEETADV,revoked,"),
        "{confirmation}"
    );
}

on_each_database! {
    its_tour_works_as_written,
}
