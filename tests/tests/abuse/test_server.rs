use std::sync::Arc;

use seatkeeper_proto::v1::User;
use seatkeeper_tests::{Connection, Database, Fixture, Launch, Server, Storage, import_catalog};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Heavy attacks run one at a time: one attack takes both processors of a small machine.
static TURNS: RwLock<()> = RwLock::const_new(());

/// Users of the attacked customer; their names begin with `u`.
pub(crate) const USERS: usize = 500;

/// The server's memory budget for requests, and the same for responses, in bytes.
const BUDGET_BYTES: u64 = 48 * 1024 * 1024;

/// Bound of the server's resident memory: twice its budgets.
const MEMORY_BYTES_MAX: u64 = 2 * (BUDGET_BYTES + BUDGET_BYTES);

/// A server to attack, with a customer.
pub(crate) struct TestServer {
    pub(crate) server: Server,
    /// The customer, called from the client's address.
    pub(crate) fixture: Fixture,
    _turn: Turn,
}

/// The permit of a test to run, held until it is dropped.
enum Turn {
    Alone(#[expect(dead_code, reason = "held for its drop")] RwLockWriteGuard<'static, ()>),
    Beside(#[expect(dead_code, reason = "held for its drop")] RwLockReadGuard<'static, ()>),
}

impl TestServer {
    /// Starts a server with these settings, named as in the environment without their prefix. No
    /// other test runs at the same time.
    pub(crate) async fn start(database: Database, settings: &[(&str, &str)]) -> Self {
        let turn = Turn::Alone(TURNS.write().await);
        Self::set_up(database, settings, turn).await
    }

    /// Starts a server for an attack that takes few resources. Other light attacks run at the same
    /// time.
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

    /// Adds users `more-1`, `more-2`, … with their own text in every text field.
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

    /// Checks the server's memory and its log, and ends the server. Its storage is verified when it
    /// is dropped.
    ///
    /// # Panics
    /// When the memory exceeds its bound, the server has exited or the log contains a panic.
    pub(crate) fn finish(mut self) {
        let peak = self.server.memory_peak_bytes();
        assert!(self.server.is_running(), "the server has exited");
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
