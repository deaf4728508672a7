use futures::stream::{self, BoxStream, StreamExt};
use seatkeeper_proto::v1::stream_batch_update_licenses_request::{Content, Header};
use seatkeeper_proto::v1::{
    BatchEvent, BatchUpdateLicensesRequest, StreamBatchResultsRequest,
    StreamBatchUpdateLicensesRequest, UserList,
};
use tonic::Status;

use super::Session;

/// Users per message of a user stream.
const USERS_PER_MESSAGE: usize = 5_000;

/// The call that provides the events of a batch.
#[derive(Debug, Clone)]
pub(crate) enum BatchSource {
    /// Starts a batch with its users in the request.
    Start(Box<BatchUpdateLicensesRequest>),
    /// Starts a batch and streams its users.
    UserStream {
        header: Box<Header>,
        users: Vec<String>,
    },
    /// Follows an existing batch.
    Follow(StreamBatchResultsRequest),
}

pub(super) type Events = BoxStream<'static, Result<BatchEvent, Status>>;

impl BatchSource {
    /// Whether a retry of the call has no second effect. A start with a request ID is safe to
    /// retry. A start that streams its users is not: streamed users can't join a batch that began
    /// without them.
    pub(super) fn may_be_repeated(&self) -> bool {
        !matches!(self, Self::UserStream { .. })
    }

    /// Opens the stream of events.
    pub(super) async fn open(&self, session: &Session) -> Result<Events, Status> {
        let missing = || Status::internal("the server sent a message without an event");
        Ok(match self {
            Self::Start(request) => {
                let call = session
                    .licenses()
                    .batch_update_licenses((**request).clone())
                    .await?;
                let events = call.into_inner();
                events
                    .map(move |answer| answer?.event.ok_or_else(missing))
                    .boxed()
            }
            Self::UserStream { header, users } => {
                let requests = user_stream(header, users.clone());
                let call = session
                    .licenses()
                    .stream_batch_update_licenses(requests)
                    .await?;
                let events = call.into_inner();
                events
                    .map(move |answer| answer?.event.ok_or_else(missing))
                    .boxed()
            }
            Self::Follow(request) => {
                let call = session
                    .batches()
                    .stream_batch_results(request.clone())
                    .await?;
                let events = call.into_inner();
                events
                    .map(move |answer| answer?.event.ok_or_else(missing))
                    .boxed()
            }
        })
    }
}

fn user_stream(
    header: &Header,
    users: Vec<String>,
) -> impl futures::Stream<Item = StreamBatchUpdateLicensesRequest> + Send + use<> {
    let header = StreamBatchUpdateLicensesRequest {
        content: Some(Content::Header(header.clone())),
    };
    let messages = stream::iter(users).chunks(USERS_PER_MESSAGE).map(|names| {
        StreamBatchUpdateLicensesRequest {
            content: Some(Content::Users(UserList { names })),
        }
    });
    stream::once(async { header }).chain(messages)
}
