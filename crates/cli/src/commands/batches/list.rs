use clap::Args;
use seatkeeper_proto::v1::{Batch, ListBatchesRequest};

use crate::client::Session;
use crate::commands::batch_view::state_name;
use crate::output::{Output, batch_json, count, table};
use crate::{CliError, Exit, identifier};

const PAGE_SIZE: i32 = 1_000;

/// List a customer's batches, newest first.
#[derive(Debug, Args)]
pub(super) struct List {
    /// The customer's identifier.
    #[arg(long, value_parser = identifier::parse)]
    customer: String,
}

impl List {
    pub(super) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let mut request = ListBatchesRequest {
            parent: identifier::customer(&self.customer),
            page_size: PAGE_SIZE,
            ..ListBatchesRequest::default()
        };
        loop {
            let answer = session.batches().list_batches(request.clone()).await?;
            let page = answer.into_inner();
            show(&page.batches, out);
            if page.next_page_token.is_empty() || out.is_closed() {
                return Ok(Exit::Success);
            }
            request.page_token = page.next_page_token;
        }
    }
}

fn show(batches: &[Batch], out: &mut Output) {
    if out.is_json() {
        for batch in batches {
            out.object(&batch_json(batch));
        }
        return;
    }
    let rows = batches.iter().map(|batch| {
        let summary = batch.summary.as_ref();
        let created = batch.create_time.as_ref();
        [
            identifier::last(&batch.name).to_owned(),
            state_name(batch.state()).to_owned(),
            count(batch.user_count),
            count(batch.processed_count),
            count(summary.map_or(0, |summary| summary.failed_user_count)),
            created.map(ToString::to_string).unwrap_or_default(),
            batch.principal.clone(),
        ]
    });
    let titles = [
        "batch",
        "state",
        "#users",
        "#processed",
        "#failed",
        "created",
        "by",
    ];
    out.print(table(titles, rows).trim_fmt());
}
