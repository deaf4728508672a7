use seatkeeper_domain::{BatchId, CustomerId, PurchaseId, UserId};
use uuid::Uuid;

/// A new identifier for something the caller left unnamed: a random GUID.
///
/// Batches and purchases use time-ordered GUIDs, so that their order is visible.
macro_rules! made {
    ($name:ident, $id:ty, $make:expr) => {
        pub(crate) fn $name() -> $id {
            <$id>::parse(&$make.to_string()).expect("a GUID is a valid identifier")
        }
    };
}

made!(customer_id, CustomerId, Uuid::new_v4());
made!(user_id, UserId, Uuid::new_v4());
made!(batch_id, BatchId, Uuid::now_v7());
made!(purchase_id, PurchaseId, Uuid::now_v7());
