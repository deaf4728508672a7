use std::sync::Arc;

use seatkeeper_domain::CustomerKey;
use tokio::sync::watch;

use crate::while_used::WhileUsed;

/// Rung after each transaction of this server, so that whoever watches a journal looks at once.
/// Whoever is not told, because another server wrote, looks from time to time.
#[derive(Default)]
pub(crate) struct Bells {
    by_customer: WhileUsed<CustomerKey, watch::Sender<()>>,
}

/// One customer's bell, which is kept as long as somebody listens.
pub(crate) struct Bell {
    _sender: Arc<watch::Sender<()>>,
    rung: watch::Receiver<()>,
}

impl Bells {
    /// Tells those who listen to a customer's bell to look.
    pub(crate) fn ring(&self, customer: CustomerKey) {
        if let Some(bell) = self.by_customer.get(&customer) {
            bell.send_replace(());
        }
    }

    pub(crate) fn listen(&self, customer: CustomerKey) -> Bell {
        let sender = self
            .by_customer
            .get_or(&customer, || watch::Sender::new(()));
        Bell {
            rung: sender.subscribe(),
            _sender: sender,
        }
    }
}

impl Bell {
    /// Takes note of every ring so far.
    pub(crate) fn heard(&mut self) {
        self.rung.borrow_and_update();
    }

    /// Waits for the next ring.
    pub(crate) async fn next_ring(&mut self) {
        // The sender lives as long as the bell, so that there is always a next ring.
        if self.rung.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
