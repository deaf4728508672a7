//! `seatkeeper batches`.

mod list;
mod results;
mod retry;

use clap::{Args, Subcommand};
use seatkeeper_proto::v1::{
    Batch, BatchSummary, CancelBatchRequest, GetBatchRequest, StreamBatchResultsRequest,
};

use super::batch_view::{Show, View, print_summary, state_name, watch};
use crate::client::{BatchSource, BatchStream, ClientOptions, ProductIndex, Session};
use crate::output::{Output, batch_json, count, number_of};
use crate::{CliError, Exit, identifier};

/// `seatkeeper batches`.
#[derive(Debug, Args)]
pub(crate) struct Batches {
    #[command(flatten)]
    pub(crate) client: ClientOptions,
    #[command(subcommand)]
    action: Action,
}

/// Selects one batch of a customer.
#[derive(Debug, Args)]
struct Which {
    /// The batch's identifier.
    #[arg(value_parser = identifier::parse)]
    batch: String,
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,
}

#[derive(Debug, Subcommand)]
enum Action {
    List(list::List),
    /// Show one batch: its change, its progress and the counts so far.
    Get(Which),
    /// Cancel a batch. Completed changes remain; users not reached fail with CANCELLED.
    Cancel(Which),
    Follow(Follow),
    Results(results::Results),
    Retry(retry::Retry),
    Revert(retry::Revert),
}

/// Show a batch's results from any point, then new results until the batch ends.
#[derive(Debug, Args)]
struct Follow {
    #[command(flatten)]
    which: Which,
    /// Start after this sequence number.
    #[arg(long, value_name = "N", default_value_t = 0)]
    after: i64,
    /// Which results to show; default: `sample` in a table, `all` in JSON.
    #[arg(long, value_enum)]
    show: Option<Show>,
}

impl Batches {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let session = Session::open(&self.client).await?;
        match self.action {
            Action::List(action) => action.run(&session, out).await,
            Action::Get(which) => get(&session, &which, out).await,
            Action::Cancel(which) => cancel(&session, &which, out).await,
            Action::Follow(action) => action.run(&session, out).await,
            Action::Results(action) => action.run(&session, out).await,
            Action::Retry(action) => action.run(&session, out).await,
            Action::Revert(action) => action.run(&session, out).await,
        }
    }
}

impl Which {
    fn name(&self) -> String {
        identifier::batch(&self.customer, &self.batch)
    }
}

impl Follow {
    async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let products = ProductIndex::load(session).await?;
        let source = BatchSource::Follow(StreamBatchResultsRequest {
            name: self.which.name(),
            after_sequence_number: self.after,
            ..StreamBatchResultsRequest::default()
        });
        let show = self.show.unwrap_or_else(|| Show::usual(out));
        let mut stream = BatchStream::new(session.clone(), source);
        watch(&mut stream, View::new(products, show), out).await
    }
}

async fn get(session: &Session, which: &Which, out: &mut Output) -> Result<Exit, CliError> {
    let request = GetBatchRequest { name: which.name() };
    let answer = session.batches().get_batch(request).await?;
    let batch = answer
        .into_inner()
        .batch
        .ok_or(CliError::Incomplete("batch"))?;
    if out.is_json() {
        out.object(&batch_json(&batch));
        return Ok(Exit::Success);
    }
    let products = ProductIndex::load(session).await?;
    print_batch(&batch, &products, out);
    Ok(Exit::Success)
}

async fn cancel(session: &Session, which: &Which, out: &mut Output) -> Result<Exit, CliError> {
    let request = CancelBatchRequest { name: which.name() };
    let answer = session.batches().cancel_batch(request).await?;
    let batch = answer
        .into_inner()
        .batch
        .ok_or(CliError::Incomplete("batch"))?;
    if out.is_json() {
        out.object(&batch_json(&batch));
    } else {
        out.print(format_args!(
            "cancellation of batch {} was requested",
            which.batch
        ));
    }
    Ok(Exit::Success)
}

/// Prints a batch: its principal, change, times and counts.
pub(super) fn print_batch(batch: &Batch, products: &ProductIndex, out: &mut Output) {
    out.print(format_args!(
        "batch {}: {}, {} of {} processed",
        identifier::last(&batch.name),
        state_name(batch.state()),
        count(batch.processed_count),
        number_of(batch.user_count, "user")
    ));
    if let Some(created) = &batch.create_time {
        out.print(format_args!("started by {} at {created}", batch.principal));
    }
    for (verb, other) in [
        ("retries the failed users of", &batch.retried_batch),
        ("reverts", &batch.reverted_batch),
    ] {
        if !other.is_empty() {
            out.print(format_args!("{verb} batch {}", identifier::last(other)));
        }
    }
    if let (Some(start), Some(end)) = (&batch.start_time, &batch.end_time) {
        out.print(format_args!("started at {start}, ended at {end}"));
    }
    if let Some(change) = &batch.change {
        let assigned = change.assign.iter().map(|one| one.product.as_str());
        let revoked = change.revoke.iter().map(String::as_str);
        for (verb, names) in [
            ("assigns", assigned.collect::<Vec<_>>()),
            ("revokes", revoked.collect()),
        ] {
            let labels: Vec<_> = names.into_iter().map(|name| products.label(name)).collect();
            if !labels.is_empty() {
                out.print(format_args!("{verb} {}", labels.join(", ")));
            }
        }
    }
    let nothing = BatchSummary::default();
    let summary = batch.summary.as_ref().unwrap_or(&nothing);
    print_summary(batch, summary, products, out);
}
