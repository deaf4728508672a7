use seatkeeper_proto::v1::{RetryFailedBatchRequest, RevertBatchRequest};
use tonic::Status;

use super::Caller;

impl Caller {
    /// Reverts one of the last batches, or tries its failed users again, and reads what that returns.
    pub(super) async fn follow_up(&mut self) -> Result<(), Status> {
        let Some((name, _)) = self.some_batch() else {
            return Ok(());
        };
        let mut batches = self.scene.connection.batches();
        let batch = if self.chance.one_in(2) {
            let request = RevertBatchRequest {
                name,
                ..RevertBatchRequest::default()
            };
            batches.revert_batch(request).await?.into_inner().batch
        } else {
            let request = RetryFailedBatchRequest {
                name,
                ..RetryFailedBatchRequest::default()
            };
            let answer = batches.retry_failed_batch(request).await?;
            answer.into_inner().batch
        };
        let batch = batch.expect("the answer has a batch").name;
        let mut reading = self.scene.follow(&batch, 0).await?;
        reading.next().await?;
        self.read(reading).await
    }
}
