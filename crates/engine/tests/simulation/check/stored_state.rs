use std::collections::BTreeMap;

use seatkeeper_domain::{BatchKey, CustomerId, Effect, Entitlement, JournalEntry, License};
use seatkeeper_domain::{JournalSequence, LicenseChanges, Timestamp, WaitlistEntry};
use seatkeeper_engine::Batch;
use seatkeeper_store::{LicensePageQuery, Selected, Store as _, WaitlistQuery};

use crate::cluster::Cluster;
use crate::ledger::ReceivedResult;

/// More than the number of any resource in a run.
const ALL: usize = 100_000;

/// The stored data of one customer.
pub(super) struct StoredState {
    pub(super) journal: Vec<JournalEntry>,
    pub(super) batches: Vec<Batch>,
    pub(super) pending_batches: usize,
    pub(super) selections: BTreeMap<BatchKey, Vec<Selected>>,
    pub(super) licenses: Vec<License>,
    pub(super) entitlements: Vec<Entitlement>,
    pub(super) waitlist: Vec<WaitlistEntry>,
}

impl StoredState {
    pub(super) async fn read(cluster: &Cluster, customer: &CustomerId) -> Self {
        let store = &cluster.store;
        let key = store.customer(customer).await.unwrap().unwrap().key;
        let batches = store.list_batches(key, None, ALL).await.unwrap();
        let mut selections = BTreeMap::new();
        for batch in &batches {
            let selected = store.segments(key, batch.key, 0, ALL).await.unwrap();
            selections.insert(batch.key, selected.unwrap_or_default());
        }
        let end_of_time = Timestamp::from_micros(i64::MAX);
        let open = store
            .claimable_batches(end_of_time, None, ALL)
            .await
            .unwrap();
        let query = LicensePageQuery {
            users: None,
            product: None,
            after: None,
            limit: ALL,
        };
        let everyone_waiting = WaitlistQuery {
            product: None,
            user: None,
            after: None,
            limit: ALL,
        };
        Self {
            journal: store.journal(key, JournalSequence(0), ALL).await.unwrap(),
            batches,
            pending_batches: open.iter().filter(|(owner, _)| *owner == key).count(),
            selections,
            licenses: store.licenses(key, &query).await.unwrap(),
            waitlist: store.waitlist(key, &everyone_waiting).await.unwrap(),
            entitlements: store.entitlements(key, None).await.unwrap(),
        }
    }

    /// A batch's results, as recorded in the journal.
    pub(super) fn results(&self, batch: BatchKey) -> Vec<ReceivedResult> {
        let entries = self.journal.iter();
        let chunks = entries.filter_map(|entry| match &entry.effect {
            Effect::LicensesChanged(changes) => Some(changes),
            _ => None,
        });
        chunks
            .filter(|changes| changes.span.is_some_and(|span| span.batch == batch))
            .flat_map(LicenseChanges::results)
            .map(|result| ReceivedResult {
                sequence: result.sequence_number,
                user: result.member.user_id.clone(),
                index: result.member.request_index,
                decision: result.decision.clone(),
            })
            .collect()
    }
}
