use futures::stream::{self, BoxStream, StreamExt};
use seatkeeper_proto::v1::stream_batch_update_licenses_request::{Content, Header};
use seatkeeper_proto::v1::{
    BatchEvent, BatchUpdateLicensesRequest, StreamBatchResultsRequest,
    StreamBatchUpdateLicensesRequest, UserList,
};
use tonic::Status;

use super::Session;

/// Users in one message when they are streamed in.
const USERS_PER_MESSAGE: usize = 5_000;

/// Where a batch's events come from.
#[derive(Debug, Clone)]
pub(crate) enum BatchSource {
    /// A batch to start, its users in the request.
    Start(Box<BatchUpdateLicensesRequest>),
    /// A batch to start, its users streamed in.
    UserStream {
        header: Box<Header>,
        users: Vec<String>,
    },
    /// A batch that exists.
    Follow(StreamBatchResultsRequest),
}

pub(super) type Events = BoxStream<'static, Result<BatchEvent, Status>>;

impl BatchSource {
    /// Whether asking again does nothing twice. A start is safe by its request id; users that were
    /// streamed in can't join a batch that was begun without them.
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
