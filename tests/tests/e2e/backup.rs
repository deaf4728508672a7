use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, Outcome, UpdateUserLicensesRequest, UpdateUserLicensesResponse,
};
use seatkeeper_tests::{
    Database, Ended, Fixture, OwnServer, Scratch, Server, Storage, assign, everyone,
    on_each_database, run_alone,
};
use tokio::sync::mpsc;

const USERS: usize = 2_000;
/// Segments small enough that the batch still runs during the backup.
const PACE: [&str; 2] = ["--segment-users", "10"];
/// Number of responses before the backup starts.
const ANSWERED: usize = 20;

/// Makes a backup with the database's own tool and restores it into a new storage.
async fn backed_up_and_restored(storage: &Storage) -> Storage {
    match storage {
        Storage::Sqlite(directory) => {
            let copy = Scratch::create();
            let (from, to) = (text(directory), text(&copy));
            let ended = run_alone(&["backup", "--data-dir", &from, &to]).await;
            assert_eq!(ended.code, 0, "{ended:?}");
            Storage::Sqlite(copy)
        }
        Storage::Postgres(database) => {
            let scratch = Scratch::create();
            let file = scratch.path().join("dump");
            database.dump(&file).unwrap();
            let restored = Storage::create(Database::Postgres);
            let Storage::Postgres(target) = &restored else {
                unreachable!("the storage was created for this database");
            };
            target.restore(&file).unwrap();
            restored
        }
    }
}

fn text(directory: &Scratch) -> String {
    directory.path().to_str().unwrap().to_owned()
}

async fn verify(storage: &Storage) -> Ended {
    let [option, location] = storage.arguments().map(|word| word.into_string().unwrap());
    run_alone(&["verify", &option, &location]).await
}

/// A license change for user number `number`, with its own request id.
fn single(fixture: &Fixture, number: usize) -> UpdateUserLicensesRequest {
    UpdateUserLicensesRequest {
        name: fixture.user(&format!("u{number}")),
        change: Some(assign(&["lite"])),
        request_id: format!("request-{number}"),
        ..UpdateUserLicensesRequest::default()
    }
}

async fn ask(fixture: &Fixture, number: usize) -> UpdateUserLicensesResponse {
    let mut licenses = fixture.connection.licenses();
    let answer = licenses.update_user_licenses(single(fixture, number)).await;
    answer.unwrap().into_inner()
}

/// Changes one user after another until `stop` is set.
async fn load(
    fixture: Fixture,
    stop: Arc<AtomicBool>,
    answers: mpsc::Sender<UpdateUserLicensesResponse>,
) {
    for number in 1.. {
        let answer = ask(&fixture, number).await;
        if answers.send(answer).await.is_err() || stop.load(Ordering::Relaxed) {
            return;
        }
    }
}

async fn a_backup_under_load_goes_on_where_it_was_made(database: Database) {
    let OwnServer {
        mut server,
        fixture,
    } = OwnServer::start_with(Storage::create(database), &PACE).await;
    fixture.add_users(USERS).await;
    for product in ["suite", "lite"] {
        fixture.buy(product, 2_000).await;
    }
    let batch = BatchUpdateLicensesRequest {
        request_id: "batch".to_owned(),
        ..fixture.request(assign(&["suite"]), everyone())
    };
    let mut reading = fixture.start(batch.clone()).await.unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (sender, mut receiver) = mpsc::channel(USERS);
    let load = tokio::spawn(load(fixture.clone(), Arc::clone(&stop), sender));
    let mut answers = Vec::new();
    for _ in 0..ANSWERED {
        answers.push(receiver.recv().await.unwrap());
    }
    reading.read_results(1).await.unwrap();
    let begun = reading.hang_up();

    let copy = backed_up_and_restored(server.storage()).await;
    stop.store(true, Ordering::Relaxed);
    load.await.unwrap();
    server.kill();

    let ended = verify(&copy).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    let server = Server::start(copy);
    let fixture = fixture.at(&server).await;
    for (answer, number) in answers.iter().zip(1..) {
        assert_eq!(ask(&fixture, number).await, *answer, "as before the backup");
    }
    let whole = fixture.run(batch).await;
    assert_eq!(whole.batch(), begun.batch());
    assert!(whole.results.starts_with(&begun.results));
    // A user with an earlier `lite` license can't also get `suite`.
    let (assigned, failed) = (whole.count(Outcome::Assigned), whole.count(Outcome::Failed));
    assert_eq!(whole.results.len(), USERS);
    assert!(
        assigned > 0 && assigned + failed == 2_000,
        "{assigned} {failed}"
    );
    let after = ask(&fixture, USERS).await;
    assert!(after.journal_sequence_number > answers[ANSWERED - 1].journal_sequence_number);
    let ended = verify(server.storage()).await;
    assert_eq!(ended.code, 0, "{ended:?}");
}

#[tokio::test]
async fn nothing_is_overwritten() {
    let to = Scratch::create();
    let server = Server::start(Storage::create(Database::Sqlite));
    let Storage::Sqlite(from) = server.storage() else {
        unreachable!("the storage was created for this database");
    };
    let words = [&*text(from), &*text(&to)];
    let words = [
        "backup",
        "--output",
        "json",
        "--data-dir",
        words[0],
        words[1],
    ];
    let first = run_alone(&words).await;
    assert_eq!(first.code, 0, "{first:?}");
    let file = to.path().join("seatkeeper.db");
    let size = std::fs::metadata(&file).unwrap().len();
    assert_eq!(first.objects()[0]["byte_count"], size);
    let second = run_alone(&words).await;
    assert_eq!(second.code, 1, "{second:?}");
    assert!(
        second.complaints.contains("nothing is overwritten"),
        "{second:?}"
    );
    let left = std::fs::read_dir(to.path()).unwrap().count();
    assert_eq!(left, 1, "the target directory contains only the copy");
}

#[tokio::test]
async fn where_there_is_no_database_there_is_no_backup() {
    let (from, to) = (Scratch::create(), Scratch::create());
    let words = [&*text(&from), &*text(&to)];
    let ended = run_alone(&["backup", "--data-dir", words[0], words[1]]).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(!to.path().join("seatkeeper.db").exists());
}

on_each_database! {
    a_backup_under_load_goes_on_where_it_was_made,
}
