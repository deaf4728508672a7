//! Batches that follow another one.

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

/// Try the failed users of a batch again, with the same change, by the newest catalog.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper batches retry BATCH --customer contoso --violation SEATS_EXHAUSTED")]
pub(super) struct Retry {
    #[command(flatten)]
    which: Which,
    /// Only users of whom a product failed with this violation; may be given several times.
    #[arg(long = "violation", value_name = "VIOLATION", value_parser = parse_violation)]
    violations: Vec<ViolationType>,
    /// What to do when seats run short; as in the batch when left out.
    #[arg(long, value_enum)]
    shortage: Option<Shortage>,
    #[command(flatten)]
    shown: Shown,
}

/// Put back what a batch changed, user by user, except where something changed since.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper batches revert BATCH --customer contoso

What somebody else has changed since is left as it is and fails with CHANGED_SINCE.")]
pub(super) struct Revert {
    #[command(flatten)]
    which: Which,
    /// What a failure does to the rest.
    #[arg(long, value_enum, default_value_t = Mode::PerUser)]
    mode: Mode,
    #[command(flatten)]
    shown: Shown,
}

#[derive(Debug, Args)]
struct Shown {
    /// A key that makes it safe to run the same command again: it joins the batch that exists.
    #[arg(long, value_name = "ID", value_parser = identifier::parse)]
    request_id: Option<String>,
    /// Which results to show; a sample in a table, all in JSON when left out.
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
