//! Who waits for seats. Users *join* a queue in the transaction that found no seat for them. After
//! every transaction that frees seats, buys some or changes a queue, and before it commits, queues
//! are *settled*: those who wait are served in order. What is too much for one transaction, and
//! seats that become available by time, the *keeper* of each server serves later; the database
//! says which queues are due.

mod edit;
mod join;
mod judge;
mod keeper;
mod read;
mod serve;
mod settle;

pub use edit::{LeaveWaitlist, PrioritizeWaiting};
pub use read::{ListWaitlist, WaitingUser, WaitlistPage};

pub(crate) use join::join;
pub(crate) use settle::settle;
