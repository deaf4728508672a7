use seatkeeper_proto::v1::batch_event::Event;
use seatkeeper_proto::v1::stream_batch_update_licenses_request::{Content, Header};
use seatkeeper_proto::v1::{
    BatchProgress, StreamBatchUpdateLicensesRequest, StreamBatchUpdateLicensesResponse, UserList,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

use crate::{Fixture, Reading, Transcript, assign};

/// A batch whose caller still streams users. It runs until the caller ends the stream.
#[derive(Debug)]
pub struct OpenBatch {
    reading: Reading<StreamBatchUpdateLicensesResponse>,
    messages: mpsc::Sender<StreamBatchUpdateLicensesRequest>,
}

impl OpenBatch {
    /// Starts a batch that assigns the suite to users, and waits for their results.
    ///
    /// # Errors
    /// The server's rejection.
    pub async fn begin(fixture: &Fixture, users: &[&str]) -> Result<Self, Status> {
        let (messages, receiver) = mpsc::channel(4);
        let header = Content::Header(Header {
            parent: fixture.customer.clone(),
            change: Some(assign(&["suite"])),
            ..Header::default()
        });
        let first = Content::Users(UserList {
            names: fixture.users(users),
        });
        for content in [header, first] {
            let content = Some(content);
            let message = StreamBatchUpdateLicensesRequest { content };
            messages.send(message).await.expect("the channel is open");
        }
        let mut licenses = fixture.connection.licenses();
        let requests = ReceiverStream::new(receiver);
        let answer = licenses.stream_batch_update_licenses(requests).await?;
        let mut reading = Reading::of(answer);
        reading.read_results(users.len()).await?;
        Ok(Self { reading, messages })
    }

    /// The resource name of the batch.
    pub fn batch(&self) -> String {
        self.reading.so_far().batch()
    }

    /// The next progress event.
    ///
    /// # Panics
    /// When another event arrives, or the stream ends.
    pub async fn next_progress(&mut self) -> BatchProgress {
        match self.reading.next().await.unwrap() {
            Some(Event::Progress(progress)) => progress,
            other => panic!("{other:?}"),
        }
    }

    /// Reads until the server ends the stream with an error. Returns the events before it, and the
    /// error.
    pub async fn to_failure(self) -> (Transcript, Status) {
        let transcript = self.reading.to_failure().await;
        drop(self.messages);
        transcript
    }

    /// Ends the user stream, and returns the rest of the result stream.
    pub fn close(self) -> Reading<StreamBatchUpdateLicensesResponse> {
        drop(self.messages);
        self.reading
    }
}
