//! Receives requests message by message: applies the limits of the method, counts the memory for
//! the caller, and decompresses and checks each message before it is decoded.

mod body;
mod decompress;
mod message;

#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Request, Response};
use seatkeeper_proto::wire::RequestSchema;
use tonic::body::Body;
use tower::{Layer, Service};

use super::error_details::add_error_details;
use crate::admission::{BlockingPool, CallerKey, Probe, SharedLimit};
use crate::limits::{PROBE_REQUEST_BYTES_MAX, REQUEST_BYTES_MAX};
use body::{MemoryGuard, MessageBody};
use message::{Encoding, Receiver};

/// Receives the messages of requests, before the services decode them.
#[derive(Debug, Clone)]
pub(crate) struct ReceiveLayer {
    /// The memory, in bytes, of messages in flight.
    pub(crate) budget: Arc<SharedLimit>,
    /// Decompresses and counts large messages.
    pub(crate) pool: BlockingPool,
    /// The most bytes of a message that can hold a list of users.
    pub(crate) message_bytes_max: usize,
}

/// A service whose requests pass a [`MessageBody`].
#[derive(Debug, Clone)]
pub(crate) struct Receive<S> {
    inner: S,
    layer: ReceiveLayer,
}

impl ReceiveLayer {
    /// How to receive the messages of a request; `None` when no service reads them.
    fn receiver(&self, request: &Request<Body>) -> Option<Receiver> {
        let path = request.uri().path();
        let method = RequestSchema::of_contract().method(path);
        let bytes_max = match method {
            Some(method) if method.lists_users => self.message_bytes_max,
            Some(_) => self.message_bytes_max.min(REQUEST_BYTES_MAX),
            None if Probe::at(path).is_some() => PROBE_REQUEST_BYTES_MAX,
            None => return None,
        };
        Some(Receiver {
            method,
            // Only reflection has streams outside the API.
            streaming: method.is_none_or(|method| method.client_streaming),
            bytes_max,
            encoding: Encoding::of(request.headers()),
            budget: Arc::clone(&self.budget),
            caller: CallerKey::of(request.extensions()),
        })
    }
}

impl<S> Layer<S> for ReceiveLayer {
    type Service = Receive<S>;

    fn layer(&self, inner: S) -> Receive<S> {
        Receive {
            inner,
            layer: self.clone(),
        }
    }
}

impl<S> Service<Request<Body>> for Receive<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let receiver = self.layer.receiver(&request);
        let bytes_max = receiver
            .as_ref()
            .map_or(REQUEST_BYTES_MAX, |it| it.bytes_max);
        let held = MemoryGuard::default();
        let request = match receiver {
            Some(receiver) => {
                let (pool, held) = (self.layer.pool.clone(), held.clone());
                request.map(|body| Body::new(MessageBody::new(body, receiver, pool, held)))
            }
            None => request,
        };
        let pending = self.inner.call(request);
        async move {
            let response = pending.await;
            // The call with its single request is complete.
            drop(held.take());
            response.map(|response| add_error_details(response, bytes_max))
        }
        .boxed()
    }
}
