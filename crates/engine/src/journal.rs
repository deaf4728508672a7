//! Reading a customer's journal: as pages, or as a stream from any position.

mod notifier;
mod read;
mod watch;

pub(crate) use notifier::JournalNotifier;
pub use read::{ListJournal, ReadEntry};
pub use watch::{JournalEvent, JournalStream};
