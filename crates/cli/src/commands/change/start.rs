use seatkeeper_proto::v1::stream_batch_update_licenses_request::Header;
use seatkeeper_proto::v1::{BatchMode, BatchUpdateLicensesRequest, Change, ShortagePolicy};

use super::{BatchOptions, ChosenUsers};
use crate::client::{BatchSource, BatchStream, ProductIndex, Session};
use crate::commands::batch_view::{Show, View, watch};
use crate::output::Output;
use crate::{CliError, Exit, identifier};

/// The longest list of users sent in one message; a longer list is streamed.
const LIST_MAX: usize = 20_000;

/// A batch to start.
pub(in crate::commands) struct NewBatch {
    pub(in crate::commands) customer: String,
    pub(in crate::commands) change: Change,
    pub(in crate::commands) users: ChosenUsers,
    pub(in crate::commands) options: BatchOptions,
}

/// Starts a batch and shows it to its end.
pub(in crate::commands) async fn start(
    session: &Session,
    products: ProductIndex,
    batch: NewBatch,
    out: &mut Output,
) -> Result<Exit, CliError> {
    let show = batch.options.show.unwrap_or_else(|| Show::usual(out));
    let mut stream = BatchStream::new(session.clone(), batch.into_source());
    watch(&mut stream, View::new(products, show), out).await
}

impl NewBatch {
    fn into_source(self) -> BatchSource {
        // A dry run accepts no user stream, so its whole list is sent in one message.
        let users = match self.users {
            ChosenUsers::List(users) if users.len() > LIST_MAX && !self.options.dry_run => {
                let customer = &self.customer;
                let users = users.iter().map(|user| identifier::user(customer, user));
                return BatchSource::UserStream {
                    users: users.collect(),
                    header: Box::new(header(customer, self.change, &self.options)),
                };
            }
            users @ (ChosenUsers::List(_)
            | ChosenUsers::Filter(_)
            | ChosenUsers::All
            | ChosenUsers::Saved(_)) => users,
        };
        let selection = users.into_selector(&self.customer);
        let header = header(&self.customer, self.change, &self.options);
        BatchSource::Start(Box::new(BatchUpdateLicensesRequest {
            parent: header.parent,
            change: header.change,
            selection: Some(selection),
            mode: header.mode,
            shortage_policy: header.shortage_policy,
            validate_only: self.options.dry_run,
            request_id: header.request_id,
            include_licenses: header.include_licenses,
            ..BatchUpdateLicensesRequest::default()
        }))
    }
}

fn header(customer: &str, change: Change, options: &BatchOptions) -> Header {
    // A generated key allows a retry of the request if the connection breaks immediately.
    let request_id = options
        .request_id
        .clone()
        .unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    Header {
        parent: identifier::customer(customer),
        change: Some(change),
        mode: BatchMode::from(options.mode).into(),
        shortage_policy: ShortagePolicy::from(options.shortage).into(),
        request_id,
        include_licenses: options.licenses,
        ..Header::default()
    }
}
