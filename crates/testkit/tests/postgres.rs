//! Starts real clusters and ends them in every way that a test can end them.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use seatkeeper_testkit::{PostgresCluster, TestDatabase};

const GONE_WITHIN: Duration = Duration::from_secs(20);

fn server_pid(data_dir: &Path) -> String {
    let lock = fs::read_to_string(data_dir.join("postmaster.pid")).unwrap();
    lock.lines().next().unwrap().to_owned()
}

/// A process that has exited but is not reaped yet has no command line.
fn is_running(pid: &str) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| !line.is_empty())
}

fn insert(database: &TestDatabase, number: u32) {
    let sql = format!("INSERT INTO numbers VALUES ({number})");
    database.query(&sql).unwrap();
}

fn sum(database: &TestDatabase) -> String {
    database.query("SELECT sum(n) FROM numbers").unwrap()
}

#[test]
fn databases_of_the_shared_cluster_are_apart() {
    let cluster = PostgresCluster::shared().unwrap();
    let first = cluster.create_database().unwrap();
    let second = cluster.create_database().unwrap();
    assert_ne!(first.name(), second.name());

    first.query("CREATE TABLE only_here (n int)").unwrap();
    let error = second.query("SELECT * FROM only_here").unwrap_err();
    assert!(format!("{error:?}").contains("only_here"), "{error:?}");
}

#[test]
fn a_dropped_database_is_gone() {
    let cluster = PostgresCluster::shared().unwrap();
    let observer = cluster.create_database().unwrap();
    let database = cluster.create_database().unwrap();
    let count = format!(
        "SELECT count(*) FROM pg_database WHERE datname = '{}'",
        database.name()
    );
    assert_eq!(observer.query(&count).unwrap(), "1");
    drop(database);
    assert_eq!(observer.query(&count).unwrap(), "0");
}

#[test]
fn commits_survive_stop_restart_and_kill() {
    let cluster = PostgresCluster::start().unwrap();
    let database = cluster.create_database().unwrap();
    database.query("CREATE TABLE numbers (n int)").unwrap();

    insert(&database, 1);
    cluster.stop().unwrap();
    assert!(database.query("SELECT 1").is_err());
    cluster.resume().unwrap();
    assert_eq!(sum(&database), "1");

    insert(&database, 10);
    cluster.restart().unwrap();
    assert_eq!(sum(&database), "11");

    insert(&database, 100);
    cluster.kill().unwrap();
    assert!(database.query("SELECT 1").is_err());
    cluster.resume().unwrap();
    assert_eq!(sum(&database), "111");
}

#[test]
fn settings_reach_the_server() {
    let builder = PostgresCluster::builder()
        .durable()
        .setting("work_mem", "7MB");
    let cluster = builder.start().unwrap();
    let database = cluster.create_database().unwrap();
    assert_eq!(database.query("SHOW fsync").unwrap(), "on");
    assert_eq!(database.query("SHOW work_mem").unwrap(), "7MB");
    assert_eq!(database.query("SHOW listen_addresses").unwrap(), "");
}

#[test]
fn a_setting_that_the_server_refuses_is_reported() {
    let builder = PostgresCluster::builder().setting("no_such_setting", "1");
    let message = format!("{:?}", builder.start().unwrap_err());
    assert!(message.contains("no_such_setting"), "{message}");
}

#[test]
fn dropping_a_cluster_leaves_nothing() {
    let cluster = PostgresCluster::start().unwrap();
    let data_dir = cluster.data_dir();
    let pid = server_pid(&data_dir);
    assert!(is_running(&pid));
    drop(cluster);
    assert!(!is_running(&pid));
    assert!(!data_dir.parent().unwrap().exists());
}

#[test]
fn a_killed_process_leaves_nothing() {
    let mut holder = Command::new(env!("CARGO_BIN_EXE_private-postgres"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(holder.stdout.take().unwrap())
        .read_line(&mut url)
        .unwrap();
    let (_, base) = url.trim_end().split_once("?host=").expect("a socket");
    let base = PathBuf::from(base);
    let pid = server_pid(&base.join("data"));
    assert!(is_running(&pid));

    holder.kill().unwrap();
    holder.wait().unwrap();

    let deadline = Instant::now() + GONE_WITHIN;
    while is_running(&pid) || base.exists() {
        assert!(Instant::now() < deadline, "server {pid} still runs");
        thread::sleep(Duration::from_millis(50));
    }
}
