use std::time::{Duration, Instant};

use seatkeeper_proto::v1::{
    BatchEvent, BatchUpdateLicensesRequest, BatchUpdateLicensesResponse, StreamBatchResultsRequest,
    StreamBatchResultsResponse, StreamBatchUpdateLicensesResponse, batch_event,
};
use tonic::Streaming;
use uuid::Uuid;

use crate::Error;
use crate::clients::Clients;

/// Times and counts of one batch, measured from the start of the request.
#[derive(Debug, Clone)]
pub(crate) struct Timing {
    /// The batch's resource name; empty for a dry run.
    pub(crate) batch: String,
    pub(crate) users: usize,
    pub(crate) failed_users: i64,
    pub(crate) first_result: Duration,
    pub(crate) last_result: Duration,
}

impl Timing {
    /// Users per second until the last result.
    pub(crate) fn rate(&self) -> f64 {
        crate::series::rate(self.users, self.last_result)
    }

    /// Returns an error if any user failed.
    pub(crate) fn without_failures(self) -> Result<Self, Error> {
        if self.failed_users == 0 {
            Ok(self)
        } else {
            Err(format!("{} of {} users failed", self.failed_users, self.users).into())
        }
    }
}

/// Runs a batch and reads every result.
pub(crate) async fn run(
    clients: &Clients,
    request: BatchUpdateLicensesRequest,
) -> Result<Timing, Error> {
    let start = Instant::now();
    let stream = ask(clients, request).await?;
    read(start, stream).await
}

/// Starts a batch with its own request id, as a caller that retries would.
async fn ask(
    clients: &Clients,
    mut request: BatchUpdateLicensesRequest,
) -> Result<Streaming<BatchUpdateLicensesResponse>, Error> {
    request.request_id = Uuid::new_v4().to_string();
    let stream = clients.licenses().batch_update_licenses(request).await?;
    Ok(stream.into_inner())
}

/// Runs a batch and reads every result. A failed user is an error.
pub(crate) async fn run_well(
    clients: &Clients,
    request: BatchUpdateLicensesRequest,
) -> Result<Timing, Error> {
    run(clients, request).await?.without_failures()
}

/// Starts a batch and returns its name and its unread stream; [read] reads it.
pub(crate) async fn start(
    clients: &Clients,
    request: BatchUpdateLicensesRequest,
) -> Result<(String, Streaming<BatchUpdateLicensesResponse>), Error> {
    let mut stream = ask(clients, request).await?;
    let first = stream.message().await?.and_then(Message::into_event);
    match first.and_then(|event| event.event) {
        Some(batch_event::Event::Started(started)) => {
            let batch = started.batch.ok_or("the started event names no batch")?;
            Ok((batch.name, stream))
        }
        _ => Err("the first event of a batch is not started".into()),
    }
}

/// Reads every result of a batch from the first one.
pub(crate) async fn follow(clients: &Clients, batch: &str) -> Result<Timing, Error> {
    let request = StreamBatchResultsRequest {
        name: batch.to_owned(),
        ..StreamBatchResultsRequest::default()
    };
    let start = Instant::now();
    let stream = clients.batches().stream_batch_results(request).await?;
    read(start, stream.into_inner()).await
}

/// Reads results to the end and checks that each arrives once and in order.
pub(crate) async fn read<M: Message>(
    start: Instant,
    mut stream: Streaming<M>,
) -> Result<Timing, Error> {
    let (mut first_result, mut results) = (None, 0_i64);
    while let Some(message) = stream.message().await? {
        match message.into_event().and_then(|event| event.event) {
            Some(batch_event::Event::Results(chunk)) => {
                first_result.get_or_insert_with(|| start.elapsed());
                for result in &chunk.results {
                    results += 1;
                    if result.sequence_number != results {
                        return Err(format!("result {results} is missing").into());
                    }
                }
            }
            Some(batch_event::Event::Finished(finished)) => {
                let batch = finished.batch.unwrap_or_default();
                let failed = finished
                    .summary
                    .map_or(0, |summary| summary.failed_user_count);
                if batch.user_count != results {
                    return Err(format!("{results} of {} results arrived", batch.user_count).into());
                }
                return Ok(Timing {
                    batch: batch.name,
                    users: usize::try_from(results)?,
                    failed_users: failed,
                    first_result: first_result.ok_or("no result arrived")?,
                    last_result: start.elapsed(),
                });
            }
            Some(batch_event::Event::Started(_) | batch_event::Event::Progress(_)) | None => {}
        }
    }
    Err("the stream ended before the batch".into())
}

/// A message of a result stream.
pub(crate) trait Message {
    fn into_event(self) -> Option<BatchEvent>;
}

impl Message for BatchUpdateLicensesResponse {
    fn into_event(self) -> Option<BatchEvent> {
        self.event
    }
}

impl Message for StreamBatchUpdateLicensesResponse {
    fn into_event(self) -> Option<BatchEvent> {
        self.event
    }
}

impl Message for StreamBatchResultsResponse {
    fn into_event(self) -> Option<BatchEvent> {
        self.event
    }
}
