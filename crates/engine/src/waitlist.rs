//! The waitlists. Users *join* a queue in the transaction that found no seat for them. Every
//! transaction that frees seats, buys seats or changes a queue marks these queues dirty. Before it
//! commits, it *allocates* free seats to the dirty queues, in order. The *worker* of each server
//! fulfils later what exceeds one transaction, and seats that become available by time. The database
//! records which queues are due.

mod allocate;
mod edit;
mod evaluator;
mod fulfil;
mod join;
mod read;
mod worker;

pub use edit::{LeaveWaitlist, PrioritizeWaiting};
pub use read::{ListWaitlist, WaitingUser, WaitlistPage};

pub(crate) use allocate::allocate_freed_seats;
pub(crate) use join::join;
