use std::fmt::Debug;

use seatkeeper_domain::{BatchId, CustomerId, PurchaseId, SelectionId, UserId};
use uuid::Uuid;

/// Where new identifiers come from, and whatever else is left to chance.
pub trait IdSource: Debug + Send + Sync + 'static {
    /// A random GUID.
    fn random(&self) -> Uuid;

    /// A GUID that sorts after those made before it.
    fn ordered(&self) -> Uuid;
}

/// The machine's randomness, and its clock for GUIDs in order of time.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn random(&self) -> Uuid {
        Uuid::new_v4()
    }

    fn ordered(&self) -> Uuid {
        Uuid::now_v7()
    }
}

/// A new identifier for something the caller left unnamed: a random GUID.
///
/// Batches and purchases use time-ordered GUIDs, so that their order is visible.
macro_rules! made {
    ($name:ident, $id:ty, $make:ident) => {
        pub(crate) fn $name(source: &dyn IdSource) -> $id {
            <$id>::parse(&source.$make().to_string()).expect("a GUID is a valid identifier")
        }
    };
}

made!(customer_id, CustomerId, random);
made!(user_id, UserId, random);
made!(selection_id, SelectionId, random);
made!(batch_id, BatchId, ordered);
made!(purchase_id, PurchaseId, ordered);
