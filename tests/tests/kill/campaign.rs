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

/// Callers at once.
const CALLERS: usize = 4;
/// Callers at once who go from server to server.
const WANDERERS: usize = 5;
/// The longest that a server lives which is to kill itself at a point.
const TIMEOUT: Duration = Duration::from_secs(6);
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// How long a server that drains may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(20);

/// How a server's life ends.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Death {
    /// By SIGKILL, after that long.
    Killed(Duration),
    /// By itself, when it passes a point for the nth time.
    At(Point, usize),
}

impl TestStore {
    /// Lets a server live under load until it dies. Whether it died as it was to.
    ///
    /// # Panics
    /// When it tells what can't be.
    pub(crate) async fn live(&self, death: Death, rng: &mut Rng) -> bool {
        let mut server = self.start_with(|launch| death.ordered(launch));
        let callers = self.callers(server.url(), rng, death.operation());
        let died = death.await_end(&mut server).await;
        server.kill();
        joined(callers).await;
        died
    }

    /// Callers who call until the server is gone.
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

/// Callers who go from server to server, until it is enough.
pub(crate) struct Wanderers {
    /// Where the servers are now.
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
                        // Whoever loses a server goes on with another.
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

    /// Calls them back.
    ///
    /// # Panics
    /// When one of them did.
    pub(crate) async fn return_home(self) {
        self.enough.cancel();
        joined(self.callers).await;
    }
}

/// Waits until all callers have noticed that the server is gone.
///
/// # Panics
/// When one of them did.
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

    /// Waits for the moment. Whether the server died by itself, where it was to.
    async fn await_end(self, server: &mut Server) -> bool {
        match self {
            Self::Killed(after) => {
                tokio::time::sleep(after).await;
                true
            }
            Self::At(point, _) => {
                if matches!(point, Point::ReleaseBegun | Point::ReleaseWritten) {
                    // Leases are released when a server drains.
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
