use std::time::{Duration, Instant};

use futures::future::try_join_all;
use seatkeeper_proto::v1::batch_event::Event;
use seatkeeper_proto::v1::stream_batch_update_licenses_request::{Content, Header};
use seatkeeper_proto::v1::{
    StreamBatchResultsRequest, StreamBatchResultsResponse, StreamBatchUpdateLicensesRequest,
    StreamBatchUpdateLicensesResponse, UserList,
};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tonic::Streaming;

use crate::Error;
use crate::batch::{self, Message as _};
use crate::clients::Clients;
use crate::environment::Environment;
use crate::plan::Plan;
use crate::scenario_results::{ScenarioResults, Target, Unit};
use crate::series::float;
use crate::workload::{self, Customer, Profile};

const FOLLOWERS: usize = 1_000;
/// Followers per connection.
const FOLLOWERS_PER_CONNECTION: usize = 10;
/// Duration of the measurement of idle followers.
const WATCH_SECONDS: usize = 60;
const USERS: usize = 100_000;
/// Number of followers that stop reading.
const LAZY_READERS: usize = 10;

/// Many followers of an idle batch, and a batch whose followers stop reading.
pub(crate) async fn run(
    environment: &mut Environment,
    plan: &Plan,
) -> Result<ScenarioResults, Error> {
    let mut results = ScenarioResults::default();
    let customer = environment
        .customer(Profile::plain(USERS.min(plan.largest())))
        .await?;
    environment.restart().await?;
    followers(environment, plan, &customer, &mut results).await?;
    lazy_readers(environment, plan, &customer, &mut results).await?;
    Ok(results)
}

async fn followers(
    environment: &Environment,
    plan: &Plan,
    customer: &Customer,
    results: &mut ScenarioResults,
) -> Result<(), Error> {
    let waiting = WaitingBatch::begin(environment.clients(), customer).await?;
    let count = plan.count(FOLLOWERS);
    let before = environment.server().memory_bytes()?;
    let mut followers = JoinSet::new();
    let mut first_progress = Vec::new();
    for _ in 0..count.div_ceil(FOLLOWERS_PER_CONNECTION) {
        let clients = environment.connect().await?;
        for _ in 0..FOLLOWERS_PER_CONNECTION {
            let (sender, first) = tokio::sync::oneshot::channel();
            let stream = follow(&clients, &waiting.name).await?;
            followers.spawn(idle(stream, sender));
            first_progress.push(first);
        }
    }
    try_join_all(first_progress).await?;
    let seconds = plan.count(WATCH_SECONDS);
    let (cpu, statements) = (
        environment.server().cpu_time()?,
        environment.transactions()?,
    );
    tokio::time::sleep(Duration::from_secs(u64::try_from(seconds)?)).await;
    let cpu = environment.server().cpu_time()?.saturating_sub(cpu);
    let after = environment.server().memory_bytes()?;
    let case = format!("{} idle followers", followers.len());
    let per_minute = cpu.as_secs_f64() * 60.0 / float(seconds);
    results.measure(
        format!("{case}, server's processor time"),
        0,
        Unit::SecondsPerMinute,
        &[per_minute],
    );
    let bytes = after.saturating_sub(before);
    let each = float(usize::try_from(bytes)?) / float(followers.len()) / 1_024.0;
    results.measure(
        format!("{case}, memory of each"),
        0,
        Unit::Kibibytes,
        &[each],
    );
    if let (Some(now), Some(before)) = (environment.transactions()?, statements) {
        let rate = float(usize::try_from(now.saturating_sub(before))?) / float(seconds);
        results.measure(
            format!("{case}, transactions"),
            0,
            Unit::TransactionsPerSecond,
            &[rate],
        );
    }
    followers.shutdown().await;
    waiting.end().await
}

/// A batch with an open user stream and one result.
struct WaitingBatch {
    name: String,
    messages: mpsc::Sender<StreamBatchUpdateLicensesRequest>,
    stream: Streaming<StreamBatchUpdateLicensesResponse>,
}

impl WaitingBatch {
    async fn begin(clients: &Clients, customer: &Customer) -> Result<Self, Error> {
        let (messages, receiver) = mpsc::channel(2);
        let header = Content::Header(Header {
            parent: customer.name.clone(),
            change: Some(workload::revoke(0, 1)),
            ..Header::default()
        });
        // A missing user suffices: the batch only needs a result.
        let users = Content::Users(UserList {
            names: vec![format!("{}/users/nobody", customer.name)],
        });
        for content in [header, users] {
            let content = Some(content);
            let message = StreamBatchUpdateLicensesRequest { content };
            messages.send(message).await?;
        }
        let requests = futures::stream::unfold(receiver, |mut receiver| async move {
            let message = receiver.recv().await?;
            Some((message, receiver))
        });
        let mut licenses = clients.licenses();
        let answer = licenses.stream_batch_update_licenses(requests).await?;
        let mut stream = answer.into_inner();
        let first = stream.message().await?.and_then(batch::Message::into_event);
        match first.and_then(|event| event.event) {
            Some(Event::Started(started)) => Ok(Self {
                name: started.batch.unwrap_or_default().name,
                messages,
                stream,
            }),
            _ => Err("the first event of a batch is not started".into()),
        }
    }

    async fn end(mut self) -> Result<(), Error> {
        drop(self.messages);
        while self.stream.message().await?.is_some() {}
        Ok(())
    }
}

async fn follow(
    clients: &Clients,
    batch: &str,
) -> Result<Streaming<StreamBatchResultsResponse>, Error> {
    let request = StreamBatchResultsRequest {
        name: batch.to_owned(),
        ..StreamBatchResultsRequest::default()
    };
    let stream = clients.batches().stream_batch_results(request).await?;
    Ok(stream.into_inner())
}

/// Reads to the end of the stream, and signals the first progress event.
async fn idle(
    mut stream: Streaming<StreamBatchResultsResponse>,
    sender: tokio::sync::oneshot::Sender<()>,
) {
    let mut sender = Some(sender);
    while let Ok(Some(message)) = stream.message().await {
        let event = message.into_event().and_then(|event| event.event);
        if matches!(event, Some(Event::Progress(_)))
            && let Some(sender) = sender.take()
            && sender.send(()).is_err()
        {
            return;
        }
    }
}

/// The same batch with and without followers that stop reading.
async fn lazy_readers(
    environment: &Environment,
    plan: &Plan,
    customer: &Customer,
    results: &mut ScenarioResults,
) -> Result<(), Error> {
    let (mut alone, mut beside, mut grown) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..plan.runs {
        let assign = workload::for_everyone(customer, workload::assign(0, 1));
        let revoke = workload::for_everyone(customer, workload::revoke(0, 1));
        batch::run_well(environment.clients(), assign.clone()).await?;
        alone.push(
            batch::run_well(environment.clients(), revoke.clone())
                .await?
                .rate(),
        );
        batch::run_well(environment.clients(), assign).await?;
        let before = environment.server().memory_bytes()?;
        let start = Instant::now();
        let (name, stream) = batch::start(environment.clients(), revoke).await?;
        let mut lazy = Vec::new();
        for _ in 0..LAZY_READERS {
            lazy.push(follow(&environment.connect().await?, &name).await?);
        }
        let timing = batch::read(start, stream).await?.without_failures()?;
        beside.push(timing.rate());
        let bytes = environment.server().memory_bytes()?.saturating_sub(before);
        grown.push(float(usize::try_from(bytes)?) / f64::from(1 << 20));
        drop(lazy);
    }
    let users = customer.users;
    let case = format!("{LAZY_READERS} stopped readers");
    results.measure("revoked alone", users, Unit::UsersPerSecond, &alone);
    results.measure(
        format!("revoked with {case}"),
        users,
        Unit::UsersPerSecond,
        &beside,
    );
    let name = format!("memory of {case}");
    results.figure(name, Unit::Mebibytes, &grown, Target::AtMost(40.0));
    Ok(())
}
