use std::future::Future;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use seatkeeper_engine::{Engine, EngineConfig, Limits};
use seatkeeper_store::{ModelStore, Store};

use crate::rng::Rng;
use crate::server::Server;
use crate::sim::{Sim, trace_line};
use crate::sources::{SimClock, SimIds};
use crate::store::FaultyStore;

/// Several servers over one store. Each slot has one server process at a time.
pub(crate) struct Cluster {
    pub(crate) sim: Arc<Sim>,
    pub(crate) store: Arc<ModelStore>,
    pub(crate) limits: Limits,
    slots: Vec<Mutex<ServerSlot>>,
}

struct ServerSlot {
    node: Node,
    incarnation: u32,
    ahead_micros: i64,
}

/// A server process that callers can reach.
#[derive(Clone)]
pub(crate) struct Node {
    pub(crate) server: Arc<Server>,
    pub(crate) engine: Engine,
}

/// The caller got no response: the server crashed, or the call timed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoAnswer;

impl Cluster {
    pub(crate) fn start(sim: &Arc<Sim>, limits: Limits, count: usize, rng: &mut Rng) -> Arc<Self> {
        let store = Arc::new(ModelStore::new());
        let skew = u64::try_from(sim.fault_profile.skew.as_micros()).unwrap();
        let slots = (0..count).map(|index| {
            let ahead_micros = i64::try_from(rng.between(0..skew + 1)).unwrap();
            let node = start(sim, &store, &limits, index, 0, ahead_micros);
            Mutex::new(ServerSlot {
                node,
                incarnation: 0,
                ahead_micros,
            })
        });
        let slots = slots.collect();
        Arc::new(Self {
            sim: Arc::clone(sim),
            store,
            limits,
            slots,
        })
    }

    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn node(&self, index: usize) -> Node {
        self.slots[index].lock().unwrap().node.clone()
    }

    pub(crate) fn any(&self, rng: &mut Rng) -> Node {
        self.node(rng.index(self.len()))
    }

    /// Starts a new server process in a slot whose process is down.
    pub(crate) fn restart(&self, index: usize) {
        let mut held = self.slots[index].lock().unwrap();
        if !held.node.server.is_down() {
            return;
        }
        held.incarnation += 1;
        held.node = start(
            &self.sim,
            &self.store,
            &self.limits,
            index,
            held.incarnation,
            held.ahead_micros,
        );
    }

    pub(crate) fn restart_all(&self) {
        (0..self.len()).for_each(|index| self.restart(index));
    }
}

fn start(
    sim: &Arc<Sim>,
    store: &Arc<ModelStore>,
    limits: &Limits,
    index: usize,
    incarnation: u32,
    ahead_micros: i64,
) -> Node {
    let name = format!("s{index}.{incarnation}");
    trace_line!(sim, "{name} starts");
    let server = Server::new(sim, name.clone());
    let store: Arc<dyn Store> = Arc::new(FaultyStore {
        inner: Arc::clone(store),
        server: Arc::clone(&server),
    });
    let config = EngineConfig {
        limits: limits.clone(),
        clock: Arc::new(SimClock {
            begun: sim.begun,
            ahead_micros,
        }),
        ids: SimIds::new(sim.fork()),
        owner: name,
        ..EngineConfig::default()
    };
    let engine = Engine::new(store, config);
    engine.start();
    Node { server, engine }
}

impl Node {
    /// Calls the server with a timeout.
    pub(crate) async fn call<T>(
        &self,
        call_timeout: Duration,
        work: impl Future<Output = T>,
    ) -> Result<T, NoAnswer> {
        let answered = async {
            self.server.running().await;
            let answer = work.await;
            self.server.running().await;
            answer
        };
        tokio::select! {
            biased;
            () = self.server.death() => Err(NoAnswer),
            answer = answered => Ok(answer),
            () = tokio::time::sleep(call_timeout) => Err(NoAnswer),
        }
    }
}
