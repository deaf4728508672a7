use std::sync::Arc;
use std::time::Duration;

use seatkeeper_domain::{BatchId, CustomerId};
use seatkeeper_engine::{Batch, BatchEvent, EngineError, EngineResult, ResultStream, StartedBatch};

use crate::cluster::{Cluster, Node};
use crate::ledger::{Followed, Ledger, ReceivedResult};
use crate::rng::Rng;
use crate::sim::trace_line;

/// The timeout of a follower's wait for the next event.
const CALL_TIMEOUT: Duration = Duration::from_secs(30);

/// A reader of one batch that detaches from time to time, and resumes on any server.
pub(crate) struct Follower {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) rng: Rng,
    pub(crate) customer: CustomerId,
    pub(crate) batch: BatchId,
    /// The sequence number of the result that it starts after.
    pub(crate) from: i64,
}

/// How the reading of one stream ended.
enum Ended {
    Finished(Box<Batch>),
    /// The stream must be resumed.
    Broken,
    /// A guarantee was violated; the failure is recorded.
    Wrong,
}

impl Follower {
    /// Reads the batch to its end. Begins with the stream of the caller that started it, if given.
    pub(crate) async fn run(mut self, mut first: Option<(Node, StartedBatch)>) {
        let mut results = Vec::new();
        loop {
            let node = match &first {
                Some((node, _)) => node.clone(),
                None => self.cluster.any(&mut self.rng),
            };
            let started = first.take().map(|(_, started)| started);
            match self.read(&node, started, &mut results).await {
                Ended::Finished(finished) => return self.note(results, *finished),
                Ended::Broken => {
                    let pause = Duration::from_millis(self.rng.between(10..600));
                    tokio::time::sleep(pause).await;
                }
                Ended::Wrong => return,
            }
        }
    }

    fn note(self, results: Vec<ReceivedResult>, finished: Batch) {
        self.ledger.note_followed(Followed {
            customer: self.customer,
            batch: self.batch,
            from: self.from,
            results,
            finished,
        });
    }

    async fn read(
        &mut self,
        node: &Node,
        started: Option<StartedBatch>,
        results: &mut Vec<ReceivedResult>,
    ) -> Ended {
        let after = results.last().map_or(self.from, |result| result.sequence);
        let opened = match started {
            Some(started) => {
                node.call(
                    CALL_TIMEOUT,
                    node.engine.follow_started(&self.customer, started),
                )
                .await
            }
            None => {
                let follow = node.engine.follow_batch(&self.customer, &self.batch, after);
                node.call(CALL_TIMEOUT, follow).await
            }
        };
        let mut stream = match opened {
            Err(_) => return Ended::Broken,
            Ok(Err(error)) => return self.classify(&error),
            Ok(Ok(stream)) => stream,
        };
        loop {
            match node.call(CALL_TIMEOUT, stream.next()).await {
                Err(_) => return Ended::Broken,
                Ok(event) => match self.take(event, &stream, results) {
                    None => {}
                    Some(ended) => return ended,
                },
            }
            if self.rng.chance(120) {
                trace_line!(self.cluster.sim, "a follower of {} detaches", self.batch);
                return Ended::Broken;
            }
        }
    }

    fn take(
        &self,
        event: EngineResult<Option<BatchEvent>>,
        stream: &ResultStream,
        results: &mut Vec<ReceivedResult>,
    ) -> Option<Ended> {
        match event {
            Err(error) => Some(self.classify(&error)),
            Ok(None) => Some(self.wrong("a stream ended without `Finished`")),
            Ok(Some(BatchEvent::Started(_) | BatchEvent::Progress { .. })) => None,
            Ok(Some(BatchEvent::Results { changes, after })) => {
                let known = results.last().map_or(self.from, |result| result.sequence);
                if known != after {
                    return Some(self.wrong(&format!("results follow {after}, not {known}")));
                }
                let new = changes
                    .results()
                    .filter(|result| result.sequence_number > after);
                results.extend(new.map(|result| ReceivedResult {
                    sequence: result.sequence_number,
                    user: result.member.user_id.clone(),
                    index: result.member.request_index,
                    decision: result.decision.clone(),
                }));
                let last = results.last().map_or(self.from, |result| result.sequence);
                (stream.resume_point() != last)
                    .then(|| self.wrong("the resume point is not the last received result"))
            }
            Ok(Some(BatchEvent::Finished(batch))) => Some(Ended::Finished(batch)),
        }
    }

    fn classify(&self, error: &EngineError) -> Ended {
        match error {
            EngineError::Unavailable(_) | EngineError::Draining => Ended::Broken,
            error => self.wrong(&format!("following failed: {error:?}")),
        }
    }

    fn wrong(&self, what: &str) -> Ended {
        self.cluster
            .sim
            .fail(format!("batch {}: {what}", self.batch));
        Ended::Wrong
    }
}
