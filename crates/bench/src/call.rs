use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use seatkeeper_proto::v1::{Change, Outcome, UpdateUserLicensesRequest};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::Error;
use crate::clients::Clients;
use crate::series::rate;
use crate::workload::Customer;

/// The longest measurable latency, in microseconds.
const LATENCY_MICROS_MAX: u64 = 60_000_000;

/// Count and latencies of calls for one user each.
pub(crate) struct Calls {
    pub(crate) count: usize,
    pub(crate) time: Duration,
    /// Latencies in microseconds.
    latencies: Histogram<u64>,
    /// The journal sequence number in the response to the last call.
    pub(crate) journal_sequence: i64,
}

impl Calls {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self {
            count: 0,
            time: Duration::ZERO,
            latencies: Histogram::new_with_max(LATENCY_MICROS_MAX, 3)?,
            journal_sequence: 0,
        })
    }

    pub(crate) fn rate(&self) -> f64 {
        rate(self.count, self.time)
    }

    /// The latency that this share of the calls does not exceed, in milliseconds.
    pub(crate) fn quantile_ms(&self, share: f64) -> f64 {
        Duration::from_micros(self.latencies.value_at_quantile(share)).as_secs_f64() * 1e3
    }

    /// Makes one call and records its latency.
    pub(crate) async fn call(
        &mut self,
        clients: &Clients,
        customer: &Customer,
        user: usize,
        change: &Change,
    ) -> Result<(), Error> {
        let request = UpdateUserLicensesRequest {
            name: customer.user(user),
            change: Some(change.clone()),
            request_id: Uuid::new_v4().to_string(),
            ..UpdateUserLicensesRequest::default()
        };
        let start = Instant::now();
        let answer = clients.licenses().update_user_licenses(request).await?;
        let taken = start.elapsed();
        let answer = answer.into_inner();
        let results = answer.result.unwrap_or_default().license_results;
        if results
            .iter()
            .any(|result| result.outcome() == Outcome::Failed)
        {
            return Err(format!("user {user} failed").into());
        }
        self.count += 1;
        self.time += taken;
        self.journal_sequence = self.journal_sequence.max(answer.journal_sequence_number);
        let micros = u64::try_from(taken.as_micros())?;
        self.latencies.saturating_record(micros);
        Ok(())
    }

    fn add(&mut self, other: &Self) -> Result<(), Error> {
        self.count += other.count;
        self.journal_sequence = self.journal_sequence.max(other.journal_sequence);
        Ok(self.latencies.add(&other.latencies)?)
    }
}

/// Changes the first `users` users of a customer with one call each. Each connection is one
/// concurrent caller.
pub(crate) async fn each(
    callers: &[Clients],
    customer: &Customer,
    users: usize,
    change: &Change,
) -> Result<Calls, Error> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for clients in callers {
        let (clients, customer, change) = (clients.clone(), customer.clone(), change.clone());
        let next = Arc::clone(&next);
        tasks.spawn(async move {
            let mut calls = Calls::new()?;
            loop {
                let user = next.fetch_add(1, Ordering::Relaxed);
                if user >= users {
                    return Ok::<_, Error>(calls);
                }
                calls.call(&clients, &customer, user, &change).await?;
            }
        });
    }
    let mut all = Calls::new()?;
    while let Some(calls) = tasks.join_next().await {
        all.add(&calls??)?;
    }
    all.time = start.elapsed();
    Ok(all)
}
