use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use seatkeeper_domain::CustomerKey;
use tokio::sync::watch;

/// Rung after each transaction of this server, so that whoever watches a journal looks at once.
/// Whoever is not told, because another server wrote, looks from time to time.
#[derive(Default)]
pub(crate) struct Bells {
    by_customer: Mutex<HashMap<CustomerKey, Weak<watch::Sender<()>>>>,
}

/// One customer's bell, which is kept as long as somebody listens.
pub(crate) struct Bell {
    _sender: Arc<watch::Sender<()>>,
    rung: watch::Receiver<()>,
}

impl Bells {
    /// Tells those who listen to a customer's bell to look.
    pub(crate) fn ring(&self, customer: CustomerKey) {
        let bells = self.by_customer.lock();
        let bells = bells.unwrap_or_else(PoisonError::into_inner);
        if let Some(bell) = bells.get(&customer).and_then(Weak::upgrade) {
            bell.send_replace(());
        }
    }

    pub(crate) fn listen(&self, customer: CustomerKey) -> Bell {
        let bells = self.by_customer.lock();
        let mut bells = bells.unwrap_or_else(PoisonError::into_inner);
        let sender = bells.get(&customer).and_then(Weak::upgrade);
        let sender = sender.unwrap_or_else(|| {
            bells.retain(|_, bell| bell.strong_count() > 0);
            let sender = Arc::new(watch::Sender::new(()));
            bells.insert(customer, Arc::downgrade(&sender));
            sender
        });
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
