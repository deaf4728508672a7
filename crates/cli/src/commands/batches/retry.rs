//! Batches that depend on an earlier batch.

use clap::Args;
use seatkeeper_proto::v1::{
    Batch, BatchMode, RetryFailedBatchRequest, RevertBatchRequest, ShortagePolicy,
    StreamBatchResultsRequest, ViolationType,
};

use super::Which;
use crate::client::{BatchSource, BatchStream, ProductIndex, Session};
use crate::commands::batch_view::{Show, View, parse_violation, watch};
use crate::commands::change::{Mode, Shortage};
use crate::output::Output;
use crate::{CliError, Exit, identifier};

/// Retry the failed users of a batch with the same change and the newest catalog.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper batches retry BATCH --customer contoso --violation SEATS_EXHAUSTED")]
pub(super) struct Retry {
    #[command(flatten)]
    which: Which,
    /// Retry only users with a product that failed with this violation; may be given several times.
    #[arg(long = "violation", value_name = "VIOLATION", value_parser = parse_violation)]
    violations: Vec<ViolationType>,
    /// What to do when there are too few seats; default: as in the batch.
    #[arg(long, value_enum)]
    shortage: Option<Shortage>,
    #[command(flatten)]
    shown: Shown,
}

/// Revert a batch user by user, except licenses that were changed since.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper batches revert BATCH --customer contoso

A license that was changed after the batch stays as it is and fails with CHANGED_SINCE.")]
pub(super) struct Revert {
    #[command(flatten)]
    which: Which,
    /// How a failure affects the other changes.
    #[arg(long, value_enum, default_value_t = Mode::PerUser)]
    mode: Mode,
    #[command(flatten)]
    shown: Shown,
}

#[derive(Debug, Args)]
struct Shown {
    /// Idempotency key: a repeated command with the same key joins the existing batch.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    request_id: Option<String>,
    /// Which results to show; default: `sample` in a table, `all` in JSON.
    #[arg(long, value_enum)]
    show: Option<Show>,
}

impl Retry {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let shortage = self.shortage.map(ShortagePolicy::from);
        let request = RetryFailedBatchRequest {
            name: self.which.name(),
            violation_types: self.violations.into_iter().map(Into::into).collect(),
            shortage_policy: shortage.unwrap_or_default().into(),
            request_id: self.shown.request_id(),
        };
        let answer = session.batches().retry_failed_batch(request).await?;
        self.shown
            .follow(session, answer.into_inner().batch, out)
            .await
    }
}

impl Revert {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let request = RevertBatchRequest {
            name: self.which.name(),
            mode: BatchMode::from(self.mode).into(),
            request_id: self.shown.request_id(),
        };
        let answer = session.batches().revert_batch(request).await?;
        self.shown
            .follow(session, answer.into_inner().batch, out)
            .await
    }
}

impl Shown {
    fn request_id(&self) -> String {
        let given = self.request_id.clone();
        given.unwrap_or_else(|| uuid::Uuid::new_v4().to_string())
    }

    async fn follow(
        &self,
        session: &Session,
        batch: Option<Batch>,
        out: &mut Output,
    ) -> Result<Exit, CliError> {
        let name = batch.ok_or(CliError::Incomplete("batch"))?.name;
        let products = ProductIndex::load(session).await?;
        let source = BatchSource::Follow(StreamBatchResultsRequest {
            name,
            ..StreamBatchResultsRequest::default()
        });
        let show = self.show.unwrap_or_else(|| Show::usual(out));
        let mut stream = BatchStream::new(session.clone(), source);
        watch(&mut stream, View::new(products, show), out).await
    }
}
