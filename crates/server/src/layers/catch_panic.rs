use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::task::{Context, Poll};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use http::{Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower::{Layer, Service};

use crate::error::ServerError;

/// Responds with INTERNAL to a call that panicked, instead of aborting its connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CatchPanicLayer;

/// A service whose panics are caught.
#[derive(Debug, Clone)]
pub(crate) struct CatchPanic<S> {
    inner: S,
}

impl<S> Layer<S> for CatchPanicLayer {
    type Service = CatchPanic<S>;

    fn layer(&self, inner: S) -> CatchPanic<S> {
        CatchPanic { inner }
    }
}

impl<S> Service<Request<Body>> for CatchPanic<S>
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
        let call = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        call.map(|caught| {
            caught.unwrap_or_else(|_| Ok(Status::from(ServerError::Panicked).into_http()))
        })
        .boxed()
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_a_status_with_an_id_for_the_log() {
        let panicking = tower::service_fn(|_: Request<Body>| async {
            assert!(std::hint::black_box(false), "a defect");
            Ok::<_, Infallible>(Response::new(Body::empty()))
        });
        let service = CatchPanicLayer.layer(panicking);
        let response = service.oneshot(Request::new(Body::empty())).await.unwrap();
        let status = Status::from_header_map(response.headers()).unwrap();
        assert_eq!(status.code(), Code::Internal);
        assert!(
            !status.message().contains("a defect"),
            "{}",
            status.message()
        );
    }
}
