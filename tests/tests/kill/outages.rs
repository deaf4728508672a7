//! The database becomes unreachable under load, and returns or fails over. Servers reconnect by
//! themselves.

use std::time::Duration;

use seatkeeper_testkit::PostgresCluster;
use seatkeeper_tests::{Proxy, Server, Storage};

use crate::audit::every_batch_ends;
use crate::campaign::Wanderers;
use crate::rng::{Rng, number, seed};
use crate::test_store::TestStore;

const SERVERS: usize = 2;
/// Number of outages, unless the environment sets one.
const OUTAGES: usize = 10;
/// Number of failovers, unless the environment sets one.
const FAILOVERS: usize = 2;
/// The longest uptime of the database between two outages; `ABSENCE_MAX` is its longest downtime.
/// In milliseconds.
const PRESENCE_MAX: usize = 600;
const ABSENCE_MAX: usize = 400;

/// Servers and callers on a database behind a proxy.
struct Drama {
    rng: Rng,
    proxy: Proxy,
    test_store: TestStore,
    servers: Vec<Server>,
    callers: Wanderers,
}

impl Drama {
    async fn begin(cluster: &PostgresCluster) -> Self {
        let seed = seed();
        eprintln!("SEATKEEPER_KILL_SEED={seed}");
        let mut rng = Rng::of(seed);
        let proxy = Proxy::to(&cluster.socket());
        let database = cluster.create_database().unwrap();
        let url = proxy.url(database.name());
        let storage = Storage::Postgres(database.reached_at(url));
        let test_store = TestStore::populate_on(storage, |launch| launch).await;
        let servers = (0..SERVERS).map(|_| test_store.start()).collect::<Vec<_>>();
        let callers = Wanderers::set_out(&test_store, &servers, &mut rng);
        Self {
            rng,
            proxy,
            test_store,
            servers,
            callers,
        }
    }

    async fn pause(&mut self, milliseconds_max: usize) {
        let pause = u64::try_from(self.rng.below(milliseconds_max)).unwrap();
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }

    /// Checks that all servers survived, that all accepted batches end, and that all responses
    /// still hold.
    async fn end(mut self) {
        self.callers.return_home().await;
        for server in &mut self.servers {
            assert!(server.is_running(), "a server has exited");
            for fixture in self.test_store.fixtures(server.url()).await.unwrap() {
                every_batch_ends(&fixture).await;
            }
        }
        drop(self.servers);
        self.test_store.audit().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_and_comes_back_loses_nothing() {
    let cluster = PostgresCluster::start().unwrap();
    let mut drama = Drama::begin(&cluster).await;
    for _ in 0..number("SEATKEEPER_OUTAGES", OUTAGES) {
        drama.pause(PRESENCE_MAX).await;
        match drama.rng.below(4) {
            0 => {
                cluster.stop().unwrap();
                drama.pause(ABSENCE_MAX).await;
                cluster.resume().unwrap();
            }
            1 => {
                cluster.kill().unwrap();
                drama.pause(ABSENCE_MAX).await;
                cluster.resume().unwrap();
            }
            2 => {
                drama.proxy.close();
                drama.pause(ABSENCE_MAX).await;
                drama.proxy.lead_to(&cluster.socket());
            }
            _ => drama.proxy.cut(),
        }
    }
    drama.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_fails_over_to_a_synchronous_standby_loses_nothing() {
    let first = PostgresCluster::start().unwrap();
    let mut drama = Drama::begin(&first).await;
    let mut clusters = vec![first];
    for _ in 0..number("SEATKEEPER_FAILOVERS", FAILOVERS) {
        let primary = clusters.last().unwrap();
        let standby = primary.synchronous_standby().unwrap();
        drama.pause(PRESENCE_MAX).await;
        // The proxy closes first: callers can't read from the old primary any more.
        drama.proxy.close();
        primary.kill().unwrap();
        standby.promote().unwrap();
        drama.proxy.lead_to(&standby.socket());
        clusters.push(standby);
        drama.pause(PRESENCE_MAX).await;
    }
    drama.end().await;
}
