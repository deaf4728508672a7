use std::time::Duration;

use seatkeeper_domain::UserId;
use seatkeeper_engine::{
    BatchRequest, DeferredUserStreamStart, EngineResult, StartedBatch, UserStream,
};

use super::{Answer, Client, response};
use crate::cluster::Node;
use crate::ledger::{Response, SentRequest, Streamed};

impl Client {
    /// Starts a batch and streams its users in, before or while it runs.
    pub(super) async fn stream_users(&mut self) {
        let principal = self.next_principal();
        let request = self.any_request(&principal);
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
                async move { node.engine.start_user_stream(request, first).await }
            })
            .await;
        let mut streamed = Streamed {
            acknowledged: first.len(),
            sent: first,
            ended: false,
        };
        let (customer, principal) = (request.customer.clone(), request.principal.clone());
        let ((started, user_stream), node) = match answer {
            Answer::Done(done, node) => (done, node),
            answer => {
                let response = response(&answer);
                return self.note(
                    &principal,
                    &customer,
                    SentRequest::Stream(request, streamed),
                    response,
                );
            }
        };
        let batch = started.batch.id.clone();
        let following = self
            .follower(&customer, &batch, 0)
            .run(Some((node.clone(), started)));
        self.followers.spawn(following);
        match user_stream {
            Some(user_stream) => self.push(&node, user_stream, &mut streamed).await,
            // An earlier attempt started the batch, and its user stream was lost.
            None => streamed.acknowledged = 0,
        }
        self.note(
            &principal,
            &customer,
            SentRequest::Stream(request, streamed),
            Response::Batch(batch),
        );
    }

    /// Sends more users. An error ends the stream, as it ends the call.
    async fn push(&mut self, node: &Node, mut user_stream: UserStream, streamed: &mut Streamed) {
        for _ in 0..self.rng.between(0..6) {
            let pause = self.rng.between(0..900);
            tokio::time::sleep(Duration::from_millis(pause)).await;
            let users = self.any_users(5);
            streamed.sent.extend_from_slice(&users);
            let flushes = self.rng.chance(400);
            let pushed = async {
                user_stream.push(&users).await?;
                if flushes {
                    user_stream.flush().await
                } else {
                    Ok(())
                }
            };
            match node.call(self.call_timeout(), pushed).await {
                Ok(Ok(())) if flushes => streamed.acknowledged = streamed.sent.len(),
                Ok(Ok(())) => {}
                Ok(Err(error)) => return self.check_push_error(&error),
                Err(_) => return,
            }
        }
        if self.rng.chance(150) {
            return;
        }
        match node.call(self.call_timeout(), user_stream.finish()).await {
            Ok(Ok(())) => streamed.ended = true,
            Ok(Err(error)) => self.check_push_error(&error),
            Err(_) => {}
        }
    }

    fn check_push_error(&self, error: &seatkeeper_engine::EngineError) {
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
        let response = match &answer {
            Answer::Done(started, _) => Response::Batch(started.batch.id.clone()),
            answer => response(answer),
        };
        let (customer, principal) = (request.customer.clone(), request.principal.clone());
        self.note(
            &principal,
            &customer,
            SentRequest::Stream(request, streamed),
            response,
        );
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
    let mut user_stream = match node.engine.start_deferred_user_stream(request).await? {
        DeferredUserStreamStart::Joined(started) => return Ok(started),
        DeferredUserStreamStart::Open(user_stream) => user_stream,
    };
    for users in calls {
        user_stream.push(users).await?;
    }
    user_stream.finish().await
}
