use std::sync::{Arc, Mutex};
use std::time::Duration;

use seatkeeper_failpoints::Point;
use seatkeeper_tests::{Launch, Server};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::load::{Operation, call};
use crate::rng::Rng;
use crate::test_store::TestStore;

/// Number of concurrent callers of one server.
const CALLERS: usize = 4;
/// Number of concurrent callers that change servers.
const WANDERERS: usize = 5;
/// Timeout for a server to reach its failpoint and abort.
const TIMEOUT: Duration = Duration::from_secs(6);
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// Timeout of a drain.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// How a server ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Death {
    /// The test kills the server with SIGKILL after this time.
    Killed(Duration),
    /// The server aborts when it reaches a failpoint for the nth time.
    At(Point, usize),
}

impl TestStore {
    /// Runs a server under load until it ends. Returns whether it ended as intended.
    ///
    /// # Panics
    /// When a response contradicts an earlier one or shows a defect.
    pub(crate) async fn live(&self, death: Death, rng: &mut Rng) -> bool {
        let mut server = self.start_with(|launch| death.ordered(launch));
        let callers = self.callers(server.url(), rng, death.operation());
        let died = death.await_end(&mut server).await;
        server.kill();
        joined(callers).await;
        died
    }

    /// Starts callers that make calls until the server is unreachable.
    pub(crate) fn callers(
        &self,
        url: &str,
        rng: &mut Rng,
        favorite: Option<Operation>,
    ) -> JoinSet<()> {
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let customers = self.customers.clone();
            let ledger = Arc::clone(&self.ledger);
            let call = call(customers, url.to_owned(), ledger, rng.part(), favorite);
            callers.spawn(call);
        }
        callers
    }
}

/// Callers that change servers, until the test stops them.
pub(crate) struct Wanderers {
    /// The URLs of the running servers.
    pub(crate) urls: Arc<Mutex<Vec<String>>>,
    enough: CancellationToken,
    callers: JoinSet<()>,
}

impl Wanderers {
    pub(crate) fn set_out(test_store: &TestStore, servers: &[Server], rng: &mut Rng) -> Self {
        let urls = servers.iter().map(|server| server.url().to_owned());
        let urls = Arc::new(Mutex::new(urls.collect::<Vec<_>>()));
        let enough = CancellationToken::new();
        let mut callers = JoinSet::new();
        for _ in 0..WANDERERS {
            let (customers, ledger) =
                (test_store.customers.clone(), Arc::clone(&test_store.ledger));
            let (urls, mut rng) = (Arc::clone(&urls), rng.part());
            let enough = enough.clone();
            callers.spawn(async move {
                let calls = async {
                    loop {
                        // Each round picks a random server, so a caller moves on when its server is
                        // killed.
                        let url = rng.pick(&urls.lock().unwrap()).clone();
                        let (customers, ledger) = (customers.clone(), Arc::clone(&ledger));
                        call(customers, url, ledger, rng.part(), None).await;
                        tokio::time::sleep(POLL_INTERVAL).await;
                    }
                };
                let _stopped = enough.run_until_cancelled(calls).await;
            });
        }
        Self {
            urls,
            enough,
            callers,
        }
    }

    /// Stops all callers.
    ///
    /// # Panics
    /// When a caller panicked.
    pub(crate) async fn return_home(self) {
        self.enough.cancel();
        joined(self.callers).await;
    }
}

/// Waits until all callers have noticed that the server is unreachable.
///
/// # Panics
/// When a caller panicked.
pub(crate) async fn joined(mut callers: JoinSet<()>) {
    while let Some(ended) = callers.join_next().await {
        if let Err(error) = ended {
            std::panic::resume_unwind(error.into_panic());
        }
    }
}

impl Death {
    fn operation(self) -> Option<Operation> {
        match self {
            Self::Killed(_) => None,
            Self::At(point, _) => Operation::passing(point),
        }
    }

    fn ordered(self, launch: Launch) -> Launch {
        match self {
            Self::Killed(_) => launch,
            Self::At(point, times) => {
                let order = format!("{}:{times}:abort", point.name());
                launch.with("SEATKEEPER_FAILPOINT", order)
            }
        }
    }

    /// Waits for the time of the kill, or for the failpoint. Returns whether the server ended as
    /// intended.
    async fn await_end(self, server: &mut Server) -> bool {
        match self {
            Self::Killed(after) => {
                tokio::time::sleep(after).await;
                true
            }
            Self::At(point, _) => {
                if matches!(point, Point::ReleaseBegun | Point::ReleaseWritten) {
                    // A server releases its leases when it drains.
                    tokio::time::sleep(Duration::from_millis(150)).await;
                    server.terminate();
                    return server.exit_within(DRAIN_TIMEOUT).await.is_some();
                }
                let deadline = Instant::now() + TIMEOUT;
                while server.is_running() {
                    if Instant::now() > deadline {
                        return false;
                    }
                    tokio::time::sleep(POLL_INTERVAL).await;
                }
                true
            }
        }
    }
}
