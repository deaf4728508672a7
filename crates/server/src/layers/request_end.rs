use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Version};
use http_body::{Frame, SizeHint};
use tonic::Status;
use tonic::body::Body;

use crate::services::RequestEnd;

/// Watches whether a request's body comes to its end or breaks off.
///
/// Only HTTP/2 tells; over HTTP/1 there are no streams of requests.
pub(crate) fn watch_end(mut request: Request<Body>) -> Request<Body> {
    if request.version() != Version::HTTP_2 {
        return request;
    }
    let end = RequestEnd::default();
    request.extensions_mut().insert(end.clone());
    request.map(|body| Body::new(Watched { body, end }))
}

struct Watched {
    body: Body,
    end: RequestEnd,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match &polled {
            // A reset with CANCEL reads like an end, but the stream never said that it ended.
            Poll::Ready(None) if !self.body.is_end_stream() => self.end.broke_off(),
            Poll::Ready(Some(Err(_))) => self.end.broke_off(),
            Poll::Ready(None | Some(Ok(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
