//! Seats: buying, renewing, giving back, and buying what a batch or a call lacks.

mod auto_purchase;
mod edit;
mod purchase;
mod read;
mod reduce;
mod renew;
mod seat_release;
mod transaction;

pub(crate) use auto_purchase::SeatPurchaser;
pub(crate) use edit::entitlement_not_found;
pub use purchase::{PurchaseSeats, SeatsPurchased};
pub use read::EntitlementView;
pub use reduce::{ReduceSeats, SeatsReduced};
pub use renew::RenewPurchase;
