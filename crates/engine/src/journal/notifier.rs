use std::sync::Arc;

use seatkeeper_domain::CustomerKey;
use tokio::sync::watch;

use crate::weak_map::WeakMap;

/// Notifies journal streams on this server after each transaction, so that they read without delay.
/// Streams poll for the writes of other servers.
#[derive(Default)]
pub(crate) struct JournalNotifier {
    by_customer: WeakMap<CustomerKey, watch::Sender<()>>,
}

/// A subscription to the changes of one customer's journal.
pub(crate) struct JournalSubscription {
    _sender: Arc<watch::Sender<()>>,
    changes: watch::Receiver<()>,
}

impl JournalNotifier {
    /// Notifies the subscribers of a customer's journal.
    pub(crate) fn notify(&self, customer: CustomerKey) {
        if let Some(sender) = self.by_customer.get(&customer) {
            sender.send_replace(());
        }
    }

    pub(crate) fn subscribe(&self, customer: CustomerKey) -> JournalSubscription {
        let sender = self
            .by_customer
            .get_or(&customer, || watch::Sender::new(()));
        JournalSubscription {
            changes: sender.subscribe(),
            _sender: sender,
        }
    }
}

impl JournalSubscription {
    /// Marks all notifications so far as seen.
    pub(crate) fn mark_seen(&mut self) {
        self.changes.borrow_and_update();
    }

    /// Waits for the next notification.
    pub(crate) async fn changed(&mut self) {
        // The subscription holds the sender, so the channel never closes.
        if self.changes.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
