use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, PurchaseSeatsRequest, UpdateUserLicensesRequest, UserResult,
};
use seatkeeper_tests::Transcript;

/// What callers were told, by all servers together.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    observed: Mutex<Observed>,
    /// Servers delete request ids soon, so that a repeated request may act again.
    pub(crate) short_retention: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Observed {
    /// By name, the batches that were accepted and the results told of each, from the first.
    pub(crate) batches: BTreeMap<String, Vec<UserResult>>,
    /// By request id, what was asked and which batch, entry or purchase that was told to be.
    pub(crate) requests: BTreeMap<String, (Ask, Option<String>)>,
}

/// Something asked under a request id.
#[derive(Debug, Clone)]
pub(crate) enum Ask {
    Batch(BatchUpdateLicensesRequest),
    Single(UpdateUserLicensesRequest),
    Purchase(PurchaseSeatsRequest),
}

impl Ledger {
    /// Of what servers tell that keep hardly anything that is over.
    pub(crate) fn short_retention() -> Self {
        Self {
            short_retention: true,
            ..Self::default()
        }
    }

    pub(crate) fn observed(&self) -> MutexGuard<'_, Observed> {
        self.observed.lock().unwrap()
    }

    /// The batches of a customer, in order of time.
    pub(crate) fn batches_of(&self, customer: &str) -> Vec<String> {
        let prefix = format!("{customer}/");
        let observed = self.observed();
        let names = observed
            .batches
            .keys()
            .filter(|name| name.starts_with(&prefix));
        names.cloned().collect()
    }

    /// Every request id that was used.
    pub(crate) fn request_ids(&self) -> Vec<String> {
        self.observed().requests.keys().cloned().collect()
    }

    /// How many results of a batch are known.
    pub(crate) fn known(&self, batch: &str) -> i64 {
        let results = self.observed().batches.get(batch).map_or(0, Vec::len);
        i64::try_from(results).unwrap()
    }

    /// Takes note of what a stream told, whole or cut off.
    ///
    /// # Panics
    /// When a result is not what it was when it was told before.
    pub(crate) fn note(&self, batch: &str, transcript: &Transcript) {
        let mut observed = self.observed();
        let known = observed.batches.entry(batch.to_owned()).or_default();
        for result in &transcript.results {
            let index = usize::try_from(result.sequence_number).unwrap() - 1;
            match known.get(index) {
                Some(known) => assert_eq!(known, result, "{batch}: a result is told as before"),
                None => {
                    assert_eq!(known.len(), index, "{batch}: results come in order");
                    known.push(result.clone());
                }
            }
        }
    }

    /// Takes note of what is asked under a request id.
    pub(crate) fn asked(&self, id: &str, ask: Ask) {
        self.observed().requests.insert(id.to_owned(), (ask, None));
    }

    /// Takes note of what a request was told to have led to.
    ///
    /// # Panics
    /// When it was told something else before.
    pub(crate) fn answered(&self, id: &str, answer: String) {
        let mut observed = self.observed();
        let (_, known) = observed.requests.get_mut(id).expect("it was asked");
        match known {
            Some(known) if !self.short_retention => {
                assert_eq!(*known, answer, "request {id} acts once");
            }
            Some(_) | None => *known = Some(answer),
        }
    }
}
