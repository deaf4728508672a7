use std::time::Duration;

use seatkeeper_domain::UserId;
use seatkeeper_engine::{BatchRequest, Collecting, EngineResult, Intake, StartedBatch};

use super::{Answer, Client, came_to};
use crate::cluster::Node;
use crate::ledger::{Asked, CameTo, Streamed};

impl Client {
    /// Starts a batch whose users are streamed in, before or while it works.
    pub(super) async fn stream_users(&mut self) {
        let actor = self.next_actor();
        let request = self.any_request(&actor);
        if request.needs_all_users_first() {
            self.collect(request).await;
        } else {
            self.take_in(request).await;
        }
    }

    async fn take_in(&mut self, request: BatchRequest) {
        let first = self.any_users(6);
        let answer = self
            .attempt(request.request_id.is_some(), |node| {
                let (request, first) = (request.clone(), first.clone());
                async move { node.engine.start_intake(request, first).await }
            })
            .await;
        let mut streamed = Streamed {
            acknowledged: first.len(),
            sent: first,
            ended: false,
        };
        let (customer, actor) = (request.customer.clone(), request.actor.clone());
        let ((started, intake), node) = match answer {
            Answer::Done(done, node) => (done, node),
            answer => {
                let came_to = came_to(&answer);
                return self.note(&actor, &customer, Asked::Stream(request, streamed), came_to);
            }
        };
        let batch = started.batch.id.clone();
        let following = self
            .follower(&customer, &batch, 0)
            .run(Some((node.clone(), started)));
        self.followers.spawn(following);
        match intake {
            Some(intake) => self.push(&node, intake, &mut streamed).await,
            // An earlier try had made the batch, and its stream of users went down with it.
            None => streamed.acknowledged = 0,
        }
        self.note(
            &actor,
            &customer,
            Asked::Stream(request, streamed),
            CameTo::Batch(batch),
        );
    }

    /// Sends more users. What goes wrong ends the stream, as it would end the call.
    async fn push(&mut self, node: &Node, mut intake: Intake, streamed: &mut Streamed) {
        for _ in 0..self.rng.between(0..6) {
            let pause = self.rng.between(0..900);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let users = self.any_users(5);
            streamed.sent.extend_from_slice(&users);
            let flushes = self.rng.chance(400);
            let pushed = async {
                intake.push(&users).await?;
                if flushes {
                    intake.flush().await
                } else {
                    Ok(())
                }
            };
            match node.call(self.patience(), pushed).await {
                Ok(Ok(())) if flushes => streamed.acknowledged = streamed.sent.len(),
                Ok(Ok(())) => {}
                Ok(Err(error)) => return self.judge_push(&error),
                Err(_) => return,
            }
        }
        if self.rng.chance(150) {
            return;
        }
        match node.call(self.patience(), intake.finish()).await {
            Ok(Ok(())) => streamed.ended = true,
            Ok(Err(error)) => self.judge_push(&error),
            Err(_) => {}
        }
    }

    fn judge_push(&self, error: &seatkeeper_engine::EngineError) {
        self.check_refusal(error);
    }

    async fn collect(&mut self, request: BatchRequest) {
        let calls: Vec<_> = (0..self.rng.between(1..5))
            .map(|_| self.any_users(9))
            .collect();
        let answer = self
            .attempt(request.request_id.is_some(), |node| {
                let (request, calls) = (request.clone(), calls.clone());
                async move { collected(&node, request, &calls).await }
            })
            .await;
        let sent: Vec<UserId> = calls.concat();
        let streamed = Streamed {
            acknowledged: sent.len(),
            sent,
            ended: true,
        };
        let came_to = match &answer {
            Answer::Done(started, _) => CameTo::Batch(started.batch.id.clone()),
            answer => came_to(answer),
        };
        let (customer, actor) = (request.customer.clone(), request.actor.clone());
        self.note(&actor, &customer, Asked::Stream(request, streamed), came_to);
        if let Answer::Done(started, node) = answer {
            self.follow(&customer, started, node).await;
        }
    }
}

async fn collected(
    node: &Node,
    request: BatchRequest,
    calls: &[Vec<UserId>],
) -> EngineResult<StartedBatch> {
    let mut collection = match node.engine.collect_users(request).await? {
        Collecting::Joined(started) => return Ok(started),
        Collecting::Open(collection) => collection,
    };
    for users in calls {
        collection.push(users).await?;
    }
    collection.finish().await
}
