//! A caller: asks for things, tries again where that is safe, and notes what it was told.

mod batches;
mod directory;
mod repeats;
mod seats;
mod single;
mod streaming;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::{Actor, CustomerId, RequestId, UserId};
use seatkeeper_engine::{EngineError, EngineResult};
use tokio::task::JoinSet;

use crate::cluster::{Cluster, Node};
use crate::ledger::{Asked, CameTo, Deed, Ledger};
use crate::rng::Rng;
use crate::scene::Scene;
use crate::sim::{Sim, tell};

/// How often a call is tried in all.
const TRIES_MAX: usize = 12;

pub(crate) struct Client {
    name: String,
    cluster: Arc<Cluster>,
    ledger: Arc<Ledger>,
    scene: Arc<Scene>,
    rng: Rng,
    deeds: usize,
    followers: JoinSet<()>,
}

/// What a call came to, after all tries.
enum Answer<T> {
    Done(T, Node),
    /// Refused; `sure` when no earlier try can have done it.
    Refused {
        error: EngineError,
        sure: bool,
    },
    /// Whether it was done is not known.
    Unknown,
}

#[derive(Debug, Clone, Copy)]
enum Errand {
    Batch,
    Stream,
    Single,
    Singles,
    Buy,
    Reduce,
    User,
    Cancel,
    Repeat,
    Reuse,
}

impl Client {
    pub(crate) fn new(
        name: String,
        cluster: &Arc<Cluster>,
        ledger: &Arc<Ledger>,
        scene: &Arc<Scene>,
        rng: Rng,
    ) -> Self {
        Self {
            name,
            cluster: Arc::clone(cluster),
            ledger: Arc::clone(ledger),
            scene: Arc::clone(scene),
            rng,
            deeds: 0,
            followers: JoinSet::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        for _ in 0..self.rng.between(2..8) {
            let pause = Duration::from_millis(self.rng.between(0..2_500));
            tokio::time::sleep(pause).await;
            let errand = self.rng.weighted(&[
                (8, Errand::Batch),
                (5, Errand::Stream),
                (5, Errand::Single),
                (3, Errand::Singles),
                (2, Errand::Buy),
                (2, Errand::Reduce),
                (2, Errand::User),
                (4, Errand::Cancel),
                (3, Errand::Repeat),
                (1, Errand::Reuse),
            ]);
            match errand {
                Errand::Batch => self.start_batch().await,
                Errand::Stream => self.stream_users().await,
                Errand::Single => self.update_one().await,
                Errand::Singles => self.update_several().await,
                Errand::Buy => self.buy().await,
                Errand::Reduce => self.reduce().await,
                Errand::User => self.update_user().await,
                Errand::Cancel => self.cancel().await,
                Errand::Repeat => self.repeat().await,
                Errand::Reuse => self.reuse_a_request_id().await,
            }
        }
        while let Some(done) = self.followers.join_next().await {
            done.expect("a follower does not panic");
        }
    }

    fn sim(&self) -> &Sim {
        &self.cluster.sim
    }

    /// A name for the next deed, which is also who the journal says did it.
    fn next_actor(&mut self) -> Actor {
        self.deeds += 1;
        Actor::new(format!("{}-{}", self.name, self.deeds))
    }

    /// Most callers send a request id, so that they may try again.
    fn maybe_request_id(&mut self, actor: &Actor) -> Option<RequestId> {
        let sends = self.rng.chance(650);
        sends.then(|| RequestId::parse(actor.as_str()).unwrap())
    }

    fn any_customer(&mut self) -> CustomerId {
        self.rng.pick(&self.scene.customers).clone()
    }

    fn any_user(&mut self) -> UserId {
        self.rng.pick(&self.scene.users).clone()
    }

    fn note(&self, actor: &Actor, customer: &CustomerId, asked: Asked, came_to: CameTo) {
        tell!(self.sim(), "{actor} comes to {came_to:?}");
        self.ledger.note(Deed {
            actor: actor.as_str().to_owned(),
            customer: customer.clone(),
            asked,
            came_to,
        });
    }

    /// Calls servers until one answers. Where the outcome of a try is unknown, it goes on only if
    /// the call is `repeatable`: doing it again does nothing more.
    async fn attempt<T, F>(&mut self, repeatable: bool, call: impl Fn(Node) -> F) -> Answer<T>
    where
        F: Future<Output = EngineResult<T>>,
    {
        let mut sure = true;
        for _ in 0..TRIES_MAX {
            let node = self.cluster.any(&mut self.rng);
            let patience = self.patience();
            match node.call(patience, call(node.clone())).await {
                Ok(Ok(done)) => return Answer::Done(done, node),
                Ok(Err(EngineError::Unavailable(_) | EngineError::Draining)) => {}
                Ok(Err(EngineError::OutcomeUnknown(_))) | Err(_) if !repeatable => {
                    return Answer::Unknown;
                }
                Ok(Err(EngineError::OutcomeUnknown(_))) | Err(_) => sure = false,
                Ok(Err(error)) => {
                    self.check_refusal(&error);
                    return Answer::Refused { error, sure };
                }
            }
            let pause = Duration::from_millis(self.rng.between(10..1_500));
            tokio::time::sleep(pause).await;
        }
        Answer::Unknown
    }

    /// Most wait for long, some hang up at once.
    fn patience(&mut self) -> Duration {
        let millis = if self.rng.chance(80) {
            self.rng.between(0..100)
        } else {
            30_000
        };
        Duration::from_millis(millis)
    }

    /// A refusal must be the caller's mistake, never a defect.
    fn check_refusal(&self, error: &EngineError) {
        if matches!(error, EngineError::Store(_) | EngineError::TaskLost) {
            self.sim()
                .fail(format!("a call failed by a defect: {error:?}"));
        }
    }
}

/// What the ledger says of an answer that carries nothing to remember.
fn came_to<T>(answer: &Answer<T>) -> CameTo {
    match answer {
        Answer::Done(..) => CameTo::Done,
        Answer::Refused { sure: true, .. } => CameTo::Refused,
        Answer::Refused { sure: false, .. } | Answer::Unknown => CameTo::Unknown,
    }
}
