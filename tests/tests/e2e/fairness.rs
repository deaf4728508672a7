use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use seatkeeper_failpoints::Point;
use seatkeeper_proto::v1::journal_entry::Effect;
use seatkeeper_proto::v1::{
    BatchUpdateLicensesResponse, JournalEntry, JournalView, ListJournalEntriesRequest,
    UpdateUserLicensesRequest,
};
use seatkeeper_tests::{
    Database, Fixture, HeldLock, Launch, OpenBatch, OwnServer, Reading, Scratch, Server, Storage,
    assign, everyone, listed, on_each_database,
};
use tokio::task::JoinSet;

/// Users of a large batch, which is far from done when a call arrives.
const USERS: usize = 6_000;
/// Users of each large batch, in tests with many of them.
const USERS_OF_MANY: usize = 4_000;
/// The most users in a segment. A chunk has at most four segments.
const SEGMENT_USERS: &str = "25";
/// Number of concurrent large batches of one customer.
const BATCHES: usize = 4;
/// Number of small batches. The shortest wait counts, because a busy machine can delay a batch
/// between its acceptance and its entry into the queue.
const SMALL_BATCHES: usize = 3;
/// Number of customers with a large batch each: more than the server's write connections.
const CUSTOMERS: usize = 10;
/// Number of chunks that a server writes concurrently to PostgreSQL.
const CONCURRENT_CHUNKS: usize = 6;
/// Timeout of a call that has to wait for no other.
const TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(10);
/// Number of batches with an open user stream: more than the server prefetches.
const OPEN_BATCHES: usize = 70;

type Batch = Reading<BatchUpdateLicensesResponse>;

/// The arguments of each server. All batches of these tests have the same caller.
const ARGUMENTS: [&str; 4] = [
    "--segment-users",
    SEGMENT_USERS,
    "--unfinished-batches-per-customer-per-caller-max",
    "100",
];

async fn start(database: Database) -> OwnServer {
    OwnServer::start_with(Storage::create(database), &ARGUMENTS).await
}

/// Starts a server that writes down which failpoints it passes.
async fn start_traced(database: Database) -> (OwnServer, Trace) {
    let trace = Trace(Scratch::create());
    let launch = Launch::with_fault_injection(&ARGUMENTS);
    let launch = launch.with("SEATKEEPER_FAILPOINT_TRACE", trace.file());
    let storage = Arc::new(Storage::create(database));
    let own = OwnServer::on(Server::start_on(storage, launch)).await;
    (own, trace)
}

/// The failpoints that a server has passed.
struct Trace(Scratch);

impl Trace {
    fn file(&self) -> PathBuf {
        self.0.path().join("trace")
    }

    fn count(&self, point: Point) -> usize {
        let passed = std::fs::read_to_string(self.file()).unwrap_or_default();
        passed.lines().filter(|name| *name == point.name()).count()
    }

    /// Waits until so many chunks wait for a lock that the test holds.
    async fn chunks_wait(&self, count: usize) {
        self.until(|| {
            let committed = self.count(Point::ChunkCommitted);
            self.count(Point::ChunkBegun) >= committed + count
        })
        .await;
    }

    /// Waits until the first single call waits for its customer's lock.
    async fn a_call_waits(&self) {
        self.until(|| self.count(Point::SingleBegun) > 0).await;
    }

    async fn until(&self, condition: impl Fn() -> bool) {
        let holds = async {
            while !condition() {
                tokio::time::sleep(POLL_INTERVAL).await;
            }
        };
        let holds = tokio::time::timeout(TIMEOUT, holds).await;
        holds.expect("chunks and calls wait for the lock");
    }
}

async fn add_users_and_seats(fixture: &Fixture, users: usize) {
    fixture.add_users(users).await;
    for product in ["suite", "addon"] {
        fixture.buy(product, 10_000).await;
    }
}

/// Starts a batch over all users, and reads its first results.
async fn large_batch(fixture: &Fixture) -> Batch {
    let request = fixture.request(assign(&["suite"]), everyone());
    let mut reading = fixture.start(request).await.unwrap();
    reading.read_results(1).await.unwrap();
    reading
}

/// Starts large batches of one customer, and reads the first results of each.
async fn large_batches(fixture: &Fixture) -> Vec<Batch> {
    add_users_and_seats(fixture, USERS).await;
    let mut starting = JoinSet::new();
    for _ in 0..BATCHES {
        let fixture = fixture.clone();
        starting.spawn(async move { large_batch(&fixture).await });
    }
    starting.join_all().await
}

/// Checks that each batch has more than one chunk left.
async fn assert_under_way(fixture: &Fixture, readings: &[Batch]) {
    for reading in readings {
        let batch = fixture.batch(&reading.so_far().batch()).await;
        let rest = batch.user_count - batch.processed_count;
        assert!(
            rest > 500,
            "a batch is too small for this machine: {batch:?}"
        );
    }
}

/// Assigns a product to a user, and returns the sequence number of the call's journal entry.
async fn single_call(fixture: Fixture, user: &str, product: &str) -> i64 {
    let request = UpdateUserLicensesRequest {
        name: fixture.user(user),
        change: Some(assign(&[product])),
        ..UpdateUserLicensesRequest::default()
    };
    let mut licenses = fixture.connection.licenses();
    let answer = licenses.update_user_licenses(request).await;
    answer.unwrap().into_inner().journal_sequence_number
}

/// The journal after a sequence number.
async fn journal_after(fixture: &Fixture, after_sequence_number: i64) -> Vec<JournalEntry> {
    let request = ListJournalEntriesRequest {
        parent: fixture.customer.clone(),
        after_sequence_number,
        page_size: 1_000,
        view: JournalView::Basic.into(),
        ..ListJournalEntriesRequest::default()
    };
    let mut journal = fixture.connection.journal();
    let answer = journal.list_journal_entries(request);
    answer.await.unwrap().into_inner().journal_entries
}

async fn newest_entry(fixture: &Fixture) -> i64 {
    let mut newest = 0;
    loop {
        match journal_after(fixture, newest).await.last() {
            Some(entry) => newest = entry.sequence_number,
            None => return newest,
        }
    }
}

async fn read_to_the_end(readings: Vec<Batch>) {
    for reading in readings {
        reading.to_end().await;
    }
}

async fn a_call_waits_for_one_chunk_however_many_batches_its_customer_has(database: Database) {
    let (own, trace) = start_traced(database).await;
    let readings = large_batches(&own.fixture).await;
    // All batches wait for the lock; the call arrives last.
    let lock = HeldLock::take(own.server.storage()).await;
    trace.chunks_wait(1).await;
    assert_under_way(&own.fixture, &readings).await;
    let before = newest_entry(&own.fixture).await;
    let call = tokio::spawn(single_call(own.fixture.clone(), "u1", "addon"));
    trace.a_call_waits().await;
    lock.release().await;
    let entry = call.await.unwrap();
    assert!(entry > before, "the call writes a journal entry");
    assert!(
        entry <= before + 2,
        "{} entries came first",
        entry - before - 1
    );
    read_to_the_end(readings).await;
}

async fn a_small_batch_waits_for_one_chunk_of_each_batch_of_its_customer(database: Database) {
    let own = start(database).await;
    let readings = large_batches(&own.fixture).await;
    let mut waited = i64::MAX;
    for small in 0..SMALL_BATCHES {
        let users = (1..=10).map(|number| own.fixture.user(&format!("u{}", small * 10 + number)));
        let request = own.fixture.request(assign(&["addon"]), listed(users));
        let transcript = own.fixture.run(request).await;
        let entries = entries_of(&own.fixture, &transcript.batch()).await;
        // The entries of a small batch: accepted, licenses changed, ended.
        waited = waited.min(entries[1] - entries[0] - 1);
    }
    assert_under_way(&own.fixture, &readings).await;
    let most = i64::try_from(BATCHES).unwrap() + 1;
    assert!(waited <= most, "{waited} entries came first");
    read_to_the_end(readings).await;
}

/// The sequence numbers of a batch's journal entries.
async fn entries_of(fixture: &Fixture, batch: &str) -> Vec<i64> {
    let (mut after, mut found) = (0, Vec::new());
    loop {
        let entries = journal_after(fixture, after).await;
        let Some(last) = entries.last() else {
            return found;
        };
        after = last.sequence_number;
        let about = entries
            .iter()
            .filter(|entry| batch_of(entry) == Some(batch));
        found.extend(about.map(|entry| entry.sequence_number));
    }
}

fn batch_of(entry: &JournalEntry) -> Option<&str> {
    match entry.effect.as_ref()? {
        Effect::LicensesChanged(changed) => Some(&changed.batch),
        Effect::BatchChanged(changed) => Some(&changed.batch),
        Effect::PurchaseChanged(_) | Effect::ResourcesChanged(_) => None,
    }
}

/// Starts a large batch for each of many customers, and reads the first results of each.
async fn busy_customers(own: &OwnServer) -> Vec<(Fixture, Batch)> {
    let mut customers = Vec::new();
    for _ in 0..CUSTOMERS {
        let fixture = Fixture::on(&own.server).await;
        add_users_and_seats(&fixture, USERS_OF_MANY).await;
        customers.push(fixture);
    }
    let mut starting = JoinSet::new();
    for fixture in customers {
        starting.spawn(async move {
            let reading = large_batch(&fixture).await;
            (fixture, reading)
        });
    }
    starting.join_all().await
}

async fn a_call_does_not_wait_for_the_batches_of_other_customers(database: Database) {
    let (own, trace) = start_traced(database).await;
    own.fixture.add_users(1).await;
    own.fixture.buy("suite", 1).await;
    let busy = busy_customers(&own).await;
    match database {
        Database::Sqlite => waits_for_few_chunks(&own, &trace, &busy).await,
        Database::Postgres => waits_for_no_other(&own, &trace, &busy).await,
    }
    for (_, reading) in busy {
        reading.to_end().await;
    }
}

/// With a single writer, waiting chunks queue apart from calls.
async fn waits_for_few_chunks(own: &OwnServer, trace: &Trace, busy: &[(Fixture, Batch)]) {
    let lock = HeldLock::take(own.server.storage()).await;
    trace.chunks_wait(1).await;
    for (fixture, reading) in busy {
        assert_under_way(fixture, std::slice::from_ref(reading)).await;
    }
    let mut before = Vec::new();
    for (fixture, _) in busy {
        before.push(newest_entry(fixture).await);
    }
    let call = tokio::spawn(single_call(own.fixture.clone(), "u1", "suite"));
    trace.a_call_waits().await;
    lock.release().await;
    let entry = call.await.unwrap();
    let entries = journal_after(&own.fixture, entry - 1).await;
    let called = entries[0].commit_time.unwrap();
    let mut chunks = 0;
    for ((fixture, _), before) in busy.iter().zip(before) {
        let written = journal_after(fixture, before).await;
        let times = written.iter().filter_map(|entry| entry.commit_time);
        chunks += times
            .filter(|time| (time.seconds, time.nanos) < (called.seconds, called.nanos))
            .count();
    }
    assert!(chunks <= 2, "{chunks} chunks of other customers");
}

/// With concurrent writers, chunks leave write connections free for calls.
async fn waits_for_no_other(own: &OwnServer, trace: &Trace, busy: &[(Fixture, Batch)]) {
    let ids = busy
        .iter()
        .map(|(fixture, _)| fixture.customer_id().to_owned());
    let lock = HeldLock::take_of(own.server.storage(), &ids.collect::<Vec<_>>()).await;
    for (fixture, reading) in busy {
        assert_under_way(fixture, std::slice::from_ref(reading)).await;
    }
    trace.chunks_wait(CONCURRENT_CHUNKS).await;
    let call = single_call(own.fixture.clone(), "u1", "suite");
    let answered = tokio::time::timeout(TIMEOUT, call).await;
    answered.expect("the call does not wait for batches of other customers");
    lock.release().await;
}

async fn a_batch_does_not_wait_for_batches_that_wait_for_users(database: Database) {
    let own = start(database).await;
    own.fixture.add_users(2).await;
    own.fixture.buy("suite", 2).await;
    let mut open = Vec::new();
    for _ in 0..OPEN_BATCHES {
        open.push(OpenBatch::begin(&own.fixture, &["u1"]).await.unwrap());
    }
    let other = Fixture::on(&own.server).await;
    other.add_users(2).await;
    other.buy("suite", 2).await;
    for fixture in [&own.fixture, &other] {
        let batch = fixture.change(assign(&["suite"]), everyone());
        let transcript = tokio::time::timeout(TIMEOUT, batch).await;
        let transcript = transcript.expect("the batch does not wait for open batches");
        assert_eq!(transcript.results.len(), 2);
    }
    drop(open);
}

on_each_database! {
    a_call_waits_for_one_chunk_however_many_batches_its_customer_has,
    a_small_batch_waits_for_one_chunk_of_each_batch_of_its_customer,
    a_call_does_not_wait_for_the_batches_of_other_customers,
    a_batch_does_not_wait_for_batches_that_wait_for_users,
}
