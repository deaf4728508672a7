use std::sync::Arc;

use seatkeeper_proto::v1::User;
use seatkeeper_tests::{Connection, Database, Fixture, Launch, Server, Storage, import_catalog};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Heavy attacks one at a time: a machine with two processors has none left for another.
static TURNS: RwLock<()> = RwLock::const_new(());

/// Users of the customer that is attacked, whose names begin with `u`.
pub(crate) const USERS: usize = 500;

/// Bytes of requests and of answers that a server may hold, each.
const BUDGET_BYTES: u64 = 48 * 1024 * 1024;

/// The most memory that a server may have resident: twice its budgets.
const MEMORY_BYTES_MAX: u64 = 2 * (BUDGET_BYTES + BUDGET_BYTES);

/// A server that is to be attacked, with a customer.
pub(crate) struct TestServer {
    pub(crate) server: Server,
    /// The customer, seen from the client's address.
    pub(crate) fixture: Fixture,
    _turn: Turn,
}

/// When a test may go on, held for its drop.
enum Turn {
    Alone(#[expect(dead_code, reason = "held for its drop")] RwLockWriteGuard<'static, ()>),
    Beside(#[expect(dead_code, reason = "held for its drop")] RwLockReadGuard<'static, ()>),
}

impl TestServer {
    /// Starts a server with these settings, named as in the environment without their prefix. No
    /// other test goes on at the same time.
    pub(crate) async fn start(database: Database, settings: &[(&str, &str)]) -> Self {
        let turn = Turn::Alone(TURNS.write().await);
        Self::set_up(database, settings, turn).await
    }

    /// The same for an attack that takes little of the machine: other such go on at the same time.
    pub(crate) async fn start_light(database: Database, settings: &[(&str, &str)]) -> Self {
        let turn = Turn::Beside(TURNS.read().await);
        Self::set_up(database, settings, turn).await
    }

    async fn set_up(database: Database, settings: &[(&str, &str)], turn: Turn) -> Self {
        let budget = BUDGET_BYTES.to_string();
        let budgets = [
            ("REQUEST_BYTES_MAX", budget.as_str()),
            ("RESPONSE_BYTES_MAX", budget.as_str()),
        ];
        let mut launch = Launch::plain(&[]);
        for (name, value) in budgets.iter().chain(settings) {
            launch = launch.with(&format!("SEATKEEPER_{name}"), *value);
        }
        let server = Server::start_on(Arc::new(Storage::create(database)), launch);
        import_catalog(&Connection::open(server.url()).await).await;
        let fixture = Fixture::on(&server).await;
        fixture.add_users(USERS).await;
        fixture.buy("suite", 1_000).await;
        Self {
            server,
            fixture,
            _turn: turn,
        }
    }

    /// Adds users `more-1`, `more-2`, … with a text of their own in each field that takes one.
    pub(crate) async fn add_more_users(&self, count: usize, text: &str) {
        let users = (1..=count).map(|number| {
            let person = self.fixture.person(&format!("more-{number}"), "CH");
            User {
                display_name: text.to_owned(),
                department: text.to_owned(),
                job_title: text.to_owned(),
                ..person
            }
        });
        self.fixture.import_users(users.collect()).await;
    }

    /// Checks the memory, ends the server and checks its log. Its storage is verified when it is dropped.
    ///
    /// # Panics
    /// When something is wrong with them.
    pub(crate) fn finish(mut self) {
        let peak = self.server.memory_peak_bytes();
        assert!(self.server.is_running(), "the server has ended");
        self.server.kill();
        let log = self.server.log();
        for wrong in ["panicked", "corrupt"] {
            let line = log.lines().find(|line| line.contains(wrong));
            assert_eq!(line, None);
        }
        assert!(
            peak < MEMORY_BYTES_MAX,
            "{} MiB were resident, at most {} MiB may be",
            peak >> 20,
            MEMORY_BYTES_MAX >> 20
        );
    }
}
