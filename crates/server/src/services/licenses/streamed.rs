use seatkeeper_domain::{CustomerId, CustomerName, RequestId, UserId};
use seatkeeper_engine::{BatchRequest, Collecting, Intake, StartedBatch};
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::stream_batch_update_licenses_request::{Content, Header};
use tokio::sync::oneshot;

use crate::caller::Caller;
use crate::convert::names::{name, optional_id};
use crate::convert::page::results_per_message;
use crate::convert::{change, policy, selector};
use crate::error::{FieldErrors, ServerError, ServerResult};
use crate::services::Context;
use crate::services::incoming::Incoming;
use crate::services::stream::{Following, Messages, messages};

type Users = Incoming<v1::StreamBatchUpdateLicensesRequest>;

/// Starts a batch whose users are streamed in.
///
/// The response is there at once, and everything else happens behind it: clients exist that send
/// nothing before they have it.
pub(super) fn start(
    context: Context,
    caller: Caller,
    incoming: Users,
) -> Messages<v1::StreamBatchUpdateLicensesResponse> {
    let opening = Opening {
        context,
        caller,
        incoming,
    };
    messages(opening.open(), wrap)
}

fn wrap(event: v1::BatchEvent) -> v1::StreamBatchUpdateLicensesResponse {
    v1::StreamBatchUpdateLicensesResponse { event: Some(event) }
}

/// A parsed header.
struct Asked {
    customer: CustomerName,
    request: BatchRequest,
    results_per_message: usize,
}

/// A call before its batch has started.
struct Opening {
    context: Context,
    caller: Caller,
    incoming: Users,
}

impl Opening {
    async fn open(mut self) -> ServerResult<Following> {
        let header = match self.incoming.next().await? {
            Some((_, message)) => message.content,
            None => None,
        };
        let Some(Content::Header(header)) = header else {
            let expected = "the first message must be the header";
            return Err(ServerError::StreamOrder { index: 0, expected });
        };
        let asked = Asked::parse(&self.caller, &header)?;
        if asked.request.needs_all_users_first() {
            self.collect(asked).await
        } else {
            self.take_in(asked).await
        }
    }

    /// Starts the batch when all its users are there.
    async fn collect(mut self, asked: Asked) -> ServerResult<Following> {
        let engine = &self.context.engine;
        let started = match engine.collect_users(asked.request).await? {
            Collecting::Joined(started) => started,
            Collecting::Open(mut collection) => {
                while let Some(users) = next_users(&mut self.incoming, &asked.customer).await? {
                    collection.push(&users).await?;
                }
                collection.finish().await?
            }
        };
        follow(
            &self.context,
            &asked.customer.customer,
            started,
            asked.results_per_message,
        )
        .await
    }

    /// Starts the batch with its first users; the rest is taken in beside it.
    async fn take_in(mut self, asked: Asked) -> ServerResult<Following> {
        let first = next_users(&mut self.incoming, &asked.customer)
            .await?
            .unwrap_or_default();
        let (started, intake) = self
            .context
            .engine
            .start_intake(asked.request, first)
            .await?;
        let customer = asked.customer;
        let per_message = asked.results_per_message;
        let following = follow(&self.context, &customer.customer, started, per_message).await?;
        let Some(intake) = intake else {
            return Ok(following);
        };
        let (tell, told) = oneshot::channel();
        let context = self.context.clone();
        let pump = Pump {
            context,
            customer,
            incoming: self.incoming,
            intake,
        };
        self.context.tasks.spawn(async move {
            let outcome = pump.run().await;
            match outcome {
                Ok(()) => {}
                // Nobody reads the stream any more: it has ended, or its reader has vanished.
                Err(error) => drop(tell.send(error)),
            }
        });
        Ok(following.with_intake(told))
    }
}

async fn follow(
    context: &Context,
    customer: &CustomerId,
    started: StartedBatch,
    results_per_message: usize,
) -> ServerResult<Following> {
    let joined = started.joined;
    let engine = context.engine.clone();
    let results = engine.follow_started(customer, started).await?;
    let customer = customer.clone();
    Ok(Following::new(engine, results, customer, results_per_message).joined(joined))
}

/// The users of the next message; `None` when the caller has sent them all.
async fn next_users(
    incoming: &mut Users,
    customer: &CustomerName,
) -> ServerResult<Option<Vec<UserId>>> {
    let Some((index, message)) = incoming.next().await? else {
        return Ok(None);
    };
    match message.content {
        Some(Content::Users(list)) => {
            let pool = incoming.pool();
            let users = selector::read_users(pool, customer, "users.names", list.names).await?;
            Ok(Some(users))
        }
        Some(Content::Header(_)) | None => {
            let expected = "every message after the header must carry users";
            Err(ServerError::StreamOrder { index, expected })
        }
    }
}

/// Takes users in beside the batch that works on them. Dropping it unfinished drops the intake,
/// which tells the batch that its caller vanished.
struct Pump {
    context: Context,
    customer: CustomerName,
    incoming: Users,
    intake: Intake,
}

impl Pump {
    async fn run(self) -> ServerResult<()> {
        let stop = self.context.stop.clone();
        tokio::select! {
            taken = self.take_all() => taken,
            // The stream of results tells the caller where to resume.
            () = stop.cancelled() => Ok(()),
        }
    }

    async fn take_all(self) -> ServerResult<()> {
        let linger = self.context.engine.limits().intake_linger;
        let Self {
            customer,
            mut incoming,
            mut intake,
            ..
        } = self;
        loop {
            // The next message is awaited to its end; what waits is written down meanwhile.
            let next = next_users(&mut incoming, &customer);
            tokio::pin!(next);
            let users = loop {
                if !intake.has_waiting() {
                    break next.await;
                }
                match tokio::time::timeout(linger, &mut next).await {
                    Ok(users) => break users,
                    Err(_) => intake.flush().await?,
                }
            };
            match users? {
                Some(users) => intake.push(&users).await?,
                None => break,
            }
        }
        Ok(intake.finish().await?)
    }
}

impl Asked {
    fn parse(caller: &Caller, header: &Header) -> ServerResult<Self> {
        let mut errors = FieldErrors::default();
        let parent = errors.take(name::<CustomerName>("header.parent", &header.parent));
        let change = errors.take(
            change::from_proto(header.change.as_ref()).map_err(|wrong| wrong.inside("header")),
        );
        let mode = errors.take(policy::mode("header.mode", header.mode));
        let request_id = errors.take(optional_id::<RequestId>(
            "header.request_id",
            &header.request_id,
        ));
        let per_message = errors.take(results_per_message(
            "header.max_results_per_message",
            header.max_results_per_message,
        ));
        let (Some(customer), Some(change), Some(mode), Some(request_id), Some(results_per_message)) =
            (parent, change, mode, request_id, per_message)
        else {
            return Err(errors.into());
        };
        let shortage = super::shortage(caller, "header.shortage_policy", header.shortage_policy)?;
        let request = BatchRequest {
            customer: customer.customer.clone(),
            change,
            mode,
            shortage,
            report_licenses: header.include_licenses,
            cancel_on_disconnect: header.cancel_on_disconnect,
            request_id,
            actor: caller.actor(),
            caller: caller.id(),
        };
        Ok(Self {
            customer,
            request,
            results_per_message,
        })
    }
}
