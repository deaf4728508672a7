use http::Response;
use tonic::body::Body;
use tonic::{Code, Status};

use crate::error::ServerError;

/// Adds the details of our statuses to the bare statuses of the transport.
///
/// The transport rejects some requests before a service sees them: a message that is too large, a
/// message that does not decode, an unknown method. It sends a bare status in the headers. Our own
/// statuses always have details, so a status without details comes from the transport.
pub(crate) fn add_error_details(
    response: Response<Body>,
    message_bytes_max: usize,
) -> Response<Body> {
    match bare_status(&response).and_then(|bare| detailed(&bare, message_bytes_max)) {
        Some(status) => status.into_http(),
        None => response,
    }
}

fn bare_status(response: &Response<Body>) -> Option<Status> {
    Status::from_header_map(response.headers()).filter(|status| status.details().is_empty())
}

fn detailed(bare: &Status, max: usize) -> Option<Status> {
    let error = match bare.code() {
        Code::OutOfRange | Code::ResourceExhausted => ServerError::MessageTooLarge { max },
        Code::Unimplemented => ServerError::NotImplemented {
            what: "the method called",
        },
        Code::Internal | Code::InvalidArgument => ServerError::Malformed,
        Code::Ok
        | Code::Cancelled
        | Code::Unknown
        | Code::DeadlineExceeded
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::Unavailable
        | Code::DataLoss
        | Code::Unauthenticated => return None,
    };
    Some(error.into())
}
