use std::sync::{Arc, Mutex};

use seatkeeper_domain::Timestamp;
use seatkeeper_engine::{Clock, IdSource};
use tokio::time::Instant;
use uuid::{Builder, Uuid};

use crate::rng::Rng;

/// When simulated time begins, in microseconds since 1970.
const EPOCH_MICROS: i64 = 1_700_000_000_000_000;

/// A server's clock: simulated time plus the server's clock skew.
pub(crate) struct SimClock {
    pub(crate) begun: Instant,
    pub(crate) ahead_micros: i64,
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        let elapsed = i64::try_from(self.begun.elapsed().as_micros()).unwrap();
        Timestamp::from_micros(EPOCH_MICROS + elapsed + self.ahead_micros)
    }
}

/// A server's source of identifiers, generated from the seed.
#[derive(Debug)]
pub(crate) struct SimIds(Mutex<Rng>);

impl SimIds {
    pub(crate) fn new(rng: Rng) -> Arc<Self> {
        Arc::new(Self(Mutex::new(rng)))
    }
}

impl IdSource for SimIds {
    fn random(&self) -> Uuid {
        let mut rng = self.0.lock().unwrap();
        let (high, low) = (rng.next(), rng.next());
        let bytes = Uuid::from_u64_pair(high, low).into_bytes();
        Builder::from_random_bytes(bytes).into_uuid()
    }

    fn ordered(&self) -> Uuid {
        self.random()
    }
}
