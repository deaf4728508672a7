use seatkeeper_domain::{CustomerId, CustomerName, RequestId, UserId};
use seatkeeper_engine::{BatchRequest, DeferredUserStreamStart, StartedBatch, UserStream};
use seatkeeper_proto::v1;
use seatkeeper_proto::v1::stream_batch_update_licenses_request::{Content, Header};
use tokio::sync::oneshot;

use crate::caller::Caller;
use crate::convert::names::{name, optional_id};
use crate::convert::page::results_per_message;
use crate::convert::{change, policy, selector};
use crate::error::{FieldErrors, ServerError, ServerResult};
use crate::services::Context;
use crate::services::request_stream::RequestStream;
use crate::services::response_stream::{BatchResultStream, ResponseStream, spawn_response_stream};

type Users = RequestStream<v1::StreamBatchUpdateLicensesRequest>;

/// Starts a batch whose users are streamed in.
///
/// The response starts at once, and a task does everything else: some clients send nothing before
/// they have received the response headers.
pub(super) fn start(
    context: Context,
    caller: Caller,
    incoming: Users,
) -> ResponseStream<v1::StreamBatchUpdateLicensesResponse> {
    let call = StreamedCall {
        context,
        caller,
        incoming,
    };
    spawn_response_stream(call.start(), wrap)
}

fn wrap(event: v1::BatchEvent) -> v1::StreamBatchUpdateLicensesResponse {
    v1::StreamBatchUpdateLicensesResponse { event: Some(event) }
}

/// A parsed header.
struct ParsedRequest {
    customer: CustomerName,
    request: BatchRequest,
    results_per_message: usize,
}

/// A call whose batch has not started yet.
struct StreamedCall {
    context: Context,
    caller: Caller,
    incoming: Users,
}

impl StreamedCall {
    async fn start(mut self) -> ServerResult<BatchResultStream> {
        let header = match self.incoming.next().await? {
            Some((_, message)) => message.content,
            None => None,
        };
        let Some(Content::Header(header)) = header else {
            let expected = "the first message must be the header";
            return Err(ServerError::StreamOrder { index: 0, expected });
        };
        let parsed = ParsedRequest::parse(&self.caller, &header)?;
        if parsed.request.needs_all_users_first() {
            self.collect(parsed).await
        } else {
            self.start_streaming(parsed).await
        }
    }

    /// Starts the batch when all its users were received.
    async fn collect(mut self, parsed: ParsedRequest) -> ServerResult<BatchResultStream> {
        let engine = &self.context.engine;
        let started = match engine.start_deferred_user_stream(parsed.request).await? {
            DeferredUserStreamStart::Joined(started) => started,
            DeferredUserStreamStart::Open(mut user_stream) => {
                while let Some(users) = next_users(&mut self.incoming, &parsed.customer).await? {
                    user_stream.push(&users).await?;
                }
                user_stream.finish().await?
            }
        };
        follow(
            &self.context,
            &parsed.customer.customer,
            started,
            parsed.results_per_message,
        )
        .await
    }

    /// Starts the batch with its first users, and a background task that receives the others.
    async fn start_streaming(mut self, parsed: ParsedRequest) -> ServerResult<BatchResultStream> {
        let first = next_users(&mut self.incoming, &parsed.customer)
            .await?
            .unwrap_or_default();
        let (started, user_stream) = self
            .context
            .engine
            .start_user_stream(parsed.request, first)
            .await?;
        let customer = parsed.customer;
        let per_message = parsed.results_per_message;
        let stream = follow(&self.context, &customer.customer, started, per_message).await?;
        let Some(user_stream) = user_stream else {
            return Ok(stream);
        };
        let (error_sender, error_receiver) = oneshot::channel();
        let context = self.context.clone();
        let pump = RequestPump {
            context,
            customer,
            incoming: self.incoming,
            user_stream,
        };
        self.context.tasks.spawn(async move {
            let outcome = pump.run().await;
            match outcome {
                Ok(()) => {}
                // The reader of the response stream is gone: the stream has ended, or the caller
                // has disconnected.
                Err(error) => drop(error_sender.send(error)),
            }
        });
        Ok(stream.with_request_error(error_receiver))
    }
}

async fn follow(
    context: &Context,
    customer: &CustomerId,
    started: StartedBatch,
    results_per_message: usize,
) -> ServerResult<BatchResultStream> {
    let joined = started.joined;
    let engine = context.engine.clone();
    let results = engine.follow_started(customer, started).await?;
    let customer = customer.clone();
    Ok(BatchResultStream::new(engine, results, customer, results_per_message).joined(joined))
}

/// The users of the next message; `None` at the end of the stream.
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

/// Receives users while the batch processes them. When the pump is dropped before the end, it drops
/// the user stream, which reports to the batch that the caller disconnected.
struct RequestPump {
    context: Context,
    customer: CustomerName,
    incoming: Users,
    user_stream: UserStream,
}

impl RequestPump {
    async fn run(self) -> ServerResult<()> {
        let stop = self.context.stop.clone();
        tokio::select! {
            taken = self.pump_all() => taken,
            // The result stream ends with the resume point for the caller.
            () = stop.cancelled() => Ok(()),
        }
    }

    async fn pump_all(self) -> ServerResult<()> {
        let linger = self.context.engine.limits().user_stream_linger;
        let Self {
            customer,
            mut incoming,
            mut user_stream,
            ..
        } = self;
        loop {
            // While the next message is incomplete, users that wait are flushed after `linger`.
            let next = next_users(&mut incoming, &customer);
            tokio::pin!(next);
            let users = loop {
                if !user_stream.has_waiting() {
                    break next.await;
                }
                match tokio::time::timeout(linger, &mut next).await {
                    Ok(users) => break users,
                    Err(_) => user_stream.flush().await?,
                }
            };
            match users? {
                Some(users) => user_stream.push(&users).await?,
                None => break,
            }
        }
        Ok(user_stream.finish().await?)
    }
}

impl ParsedRequest {
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
            principal: caller.principal(),
            caller: caller.id(),
        };
        Ok(Self {
            customer,
            request,
            results_per_message,
        })
    }
}
