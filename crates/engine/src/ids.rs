use std::fmt::Debug;

use seatkeeper_domain::{BatchId, CustomerId, PurchaseId, SelectionId, UserId};
use uuid::Uuid;

/// A source of new identifiers and of all other randomness.
pub trait IdSource: Debug + Send + Sync + 'static {
    /// A random GUID.
    fn random(&self) -> Uuid;

    /// A GUID that sorts after all earlier ones.
    fn ordered(&self) -> Uuid;
}

/// The randomness of the machine, and its clock for time-ordered GUIDs.
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

/// A new identifier for a resource that the caller did not name: a random GUID.
///
/// Batches and purchases use time-ordered GUIDs, so their identifiers sort by creation time.
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
