//! Reading a customer's journal: by page, or from any point on and then live.

mod notifier;
mod read;
mod watch;

pub(crate) use notifier::JournalNotifier;
pub use read::{ListJournal, ReadEntry};
pub use watch::{JournalEvent, JournalStream};
