use seatkeeper_tests::{Database, Server, Storage};

const DANGER: &str = "--dangerously-allow-remote-without-authentication";

#[test]
fn an_address_that_others_reach_is_refused() {
    let storage = Storage::create(Database::Sqlite);
    let (status, said) = Server::refuse(&storage, &["--listen", "0.0.0.0:0"]);
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains(DANGER), "{said}");
}

#[test]
fn a_remote_address_is_bound_only_with_the_danger_flag() {
    let storage = Storage::create(Database::Sqlite);
    let server = Server::start_with(storage, &["--listen", "0.0.0.0:0", DANGER]);
    assert!(
        server.url().starts_with("http://0.0.0.0:"),
        "{}",
        server.url()
    );
}

#[test]
fn local_callers_are_trusted_and_the_log_says_so() {
    let server = Server::start(Storage::create(Database::Sqlite));
    let log = server.log_tail();
    assert!(log.contains("trusted"), "{log}");
}

#[test]
fn a_second_server_on_one_data_directory_is_refused() {
    let first = Server::start(Storage::create(Database::Sqlite));
    let (status, said) = Server::refuse(first.storage(), &[]);
    assert_eq!(status.code(), Some(1), "{said}");
    let [_, directory] = first.storage().arguments();
    assert!(said.contains(directory.to_str().unwrap()), "{said}");
}

#[test]
fn two_servers_share_one_postgresql_database() {
    let first = Server::start(Storage::create(Database::Postgres));
    let second = first.start_beside();
    assert_ne!(first.url(), second.url());
}
