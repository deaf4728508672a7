//! A caller: sends requests, retries where that is safe, and records the responses.

mod batches;
mod directory;
mod repeats;
mod seats;
mod single;
mod streaming;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::{CustomerId, Principal, RequestId, UserId};
use seatkeeper_engine::{EngineError, EngineResult};
use tokio::task::JoinSet;

use crate::cluster::{Cluster, Node};
use crate::fixture::Fixture;
use crate::ledger::{Ledger, Operation, Response, SentRequest};
use crate::rng::Rng;
use crate::sim::{Sim, trace_line};

/// The most attempts of a call.
const TRIES_MAX: usize = 12;

pub(crate) struct Client {
    name: String,
    cluster: Arc<Cluster>,
    ledger: Arc<Ledger>,
    fixture: Arc<Fixture>,
    rng: Rng,
    operations: usize,
    followers: JoinSet<()>,
}

/// The outcome of a call after all retries.
enum Answer<T> {
    Done(T, Node),
    /// Rejected; `sure` if no earlier attempt can have succeeded.
    Refused {
        error: EngineError,
        sure: bool,
    },
    /// It is unknown whether the operation was applied.
    Unknown,
}

#[derive(Debug, Clone, Copy)]
enum OperationKind {
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
        fixture: &Arc<Fixture>,
        rng: Rng,
    ) -> Self {
        Self {
            name,
            cluster: Arc::clone(cluster),
            ledger: Arc::clone(ledger),
            fixture: Arc::clone(fixture),
            rng,
            operations: 0,
            followers: JoinSet::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        for _ in 0..self.rng.between(2..8) {
            let pause = Duration::from_millis(self.rng.between(0..2_500));
            tokio::time::sleep(pause).await;
            let kind = self.rng.weighted(&[
                (8, OperationKind::Batch),
                (5, OperationKind::Stream),
                (5, OperationKind::Single),
                (3, OperationKind::Singles),
                (2, OperationKind::Buy),
                (2, OperationKind::Reduce),
                (2, OperationKind::User),
                (4, OperationKind::Cancel),
                (3, OperationKind::Repeat),
                (1, OperationKind::Reuse),
            ]);
            match kind {
                OperationKind::Batch => self.start_batch().await,
                OperationKind::Stream => self.stream_users().await,
                OperationKind::Single => self.update_one().await,
                OperationKind::Singles => self.update_several().await,
                OperationKind::Buy => self.buy().await,
                OperationKind::Reduce => self.reduce().await,
                OperationKind::User => self.update_user().await,
                OperationKind::Cancel => self.cancel().await,
                OperationKind::Repeat => self.repeat().await,
                OperationKind::Reuse => self.reuse_a_request_id().await,
            }
        }
        while let Some(done) = self.followers.join_next().await {
            done.expect("a follower does not panic");
        }
    }

    fn sim(&self) -> &Sim {
        &self.cluster.sim
    }

    /// A principal for the next operation. The journal records it, so the operation can be found.
    fn next_principal(&mut self) -> Principal {
        self.operations += 1;
        Principal::new(format!("{}-{}", self.name, self.operations))
    }

    /// Most callers send a request id, so that they can retry.
    fn maybe_request_id(&mut self, principal: &Principal) -> Option<RequestId> {
        let sends = self.rng.chance(650);
        sends.then(|| RequestId::parse(principal.as_str()).unwrap())
    }

    fn any_customer(&mut self) -> CustomerId {
        self.rng.pick(&self.fixture.customers).clone()
    }

    fn any_user(&mut self) -> UserId {
        self.rng.pick(&self.fixture.users).clone()
    }

    fn note(
        &self,
        principal: &Principal,
        customer: &CustomerId,
        request: SentRequest,
        response: Response,
    ) {
        trace_line!(self.sim(), "{principal} gets {response:?}");
        self.ledger.note(Operation {
            principal: principal.as_str().to_owned(),
            customer: customer.clone(),
            request,
            response,
        });
    }

    /// Calls servers until one responds. After an attempt with unknown outcome it retries only if
    /// the call is `repeatable`: a second success has no further effect.
    async fn attempt<T, F>(&mut self, repeatable: bool, call: impl Fn(Node) -> F) -> Answer<T>
    where
        F: Future<Output = EngineResult<T>>,
    {
        let mut sure = true;
        for _ in 0..TRIES_MAX {
            let node = self.cluster.any(&mut self.rng);
            let call_timeout = self.call_timeout();
            match node.call(call_timeout, call(node.clone())).await {
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

    /// The timeout of a call. Most callers wait long, some disconnect at once.
    fn call_timeout(&mut self) -> Duration {
        let millis = if self.rng.chance(80) {
            self.rng.between(0..100)
        } else {
            30_000
        };
        Duration::from_millis(millis)
    }

    /// A rejection must be caused by the request, never by a defect.
    fn check_refusal(&self, error: &EngineError) {
        if matches!(error, EngineError::Store(_) | EngineError::TaskLost) {
            self.sim()
                .fail(format!("a call failed with a defect: {error:?}"));
        }
    }
}

/// The response to record for a result without data.
fn response<T>(answer: &Answer<T>) -> Response {
    match answer {
        Answer::Done(..) => Response::Done,
        Answer::Refused { sure: true, .. } => Response::Refused,
        Answer::Refused { sure: false, .. } | Answer::Unknown => Response::Unknown,
    }
}
