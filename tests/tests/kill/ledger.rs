use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, PurchaseSeatsRequest, UpdateUserLicensesRequest, UserResult,
};
use seatkeeper_tests::Transcript;

/// All responses that callers received from all servers.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    observed: Mutex<Observed>,
    /// Servers delete idempotency records soon, so a repeated request may take effect again.
    pub(crate) short_retention: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// The accepted batches by name, with all received results from the first.
    pub(crate) batches: BTreeMap<String, Vec<UserResult>>,
    /// The requests by request id, each with the batch, entry or purchase in its response.
    pub(crate) requests: BTreeMap<String, (Ask, Option<String>)>,
}

/// A request with a request id.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Batch(BatchUpdateLicensesRequest),
    Single(UpdateUserLicensesRequest),
    Purchase(PurchaseSeatsRequest),
}

impl Ledger {
    /// A ledger for servers with short retention.
    pub(crate) fn short_retention() -> Self {
        Self {
            short_retention: true,
            ..Self::default()
        }
    }

    pub(crate) fn observed(&self) -> MutexGuard<'_, Observed> {
        self.observed.lock().unwrap()
    }

    /// The names of a customer's batches, ordered by creation.
    pub(crate) fn batches_of(&self, customer: &str) -> Vec<String> {
        let prefix = format!("{customer}/");
        let observed = self.observed();
        let names = observed
            .batches
            .keys()
            .filter(|name| name.starts_with(&prefix));
        names.cloned().collect()
    }

    /// All request ids so far.
    pub(crate) fn request_ids(&self) -> Vec<String> {
        self.observed().requests.keys().cloned().collect()
    }

    /// The number of known results of a batch.
    pub(crate) fn known(&self, batch: &str) -> i64 {
        let results = self.observed().batches.get(batch).map_or(0, Vec::len);
        i64::try_from(results).unwrap()
    }

    /// Records the results of a stream, complete or truncated.
    ///
    /// # Panics
    /// When a result differs from an earlier read of the same result.
    pub(crate) fn note(&self, batch: &str, transcript: &Transcript) {
        let mut observed = self.observed();
        let known = observed.batches.entry(batch.to_owned()).or_default();
        for result in &transcript.results {
            let index = usize::try_from(result.sequence_number).unwrap() - 1;
            match known.get(index) {
                Some(known) => assert_eq!(known, result, "{batch}: a result stays the same"),
                None => {
                    assert_eq!(known.len(), index, "{batch}: results come in order");
                    known.push(result.clone());
                }
            }
        }
    }

    /// Records a request with a request id.
    pub(crate) fn asked(&self, id: &str, ask: Ask) {
        self.observed().requests.insert(id.to_owned(), (ask, None));
    }

    /// Records the response of a request.
    ///
    /// # Panics
    /// When the response differs from an earlier response to the same request id.
    pub(crate) fn answered(&self, id: &str, answer: String) {
        let mut observed = self.observed();
        let (_, known) = observed.requests.get_mut(id).expect("a recorded request");
        match known {
            Some(known) if !self.short_retention => {
                assert_eq!(*known, answer, "request {id} takes effect once");
            }
            Some(_) | None => *known = Some(answer),
        }
    }
}
