//! Reading a customer's journal: by page, or from any point on and then live.

mod bells;
mod read;
mod watch;

pub(crate) use bells::Bells;
pub use read::{ListJournal, ReadEntry};
pub use watch::{JournalEvent, JournalStream};
