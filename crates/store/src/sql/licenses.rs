//! Licenses: reads pages of them, and writes the decisions of chunks.

pub(super) mod by_key;
mod changes;

mod last_changes;
mod lookup;
mod pages;
mod write;

pub(super) use self::changes::HeldChanges;
pub(super) use self::last_changes::versions;
pub(super) use self::lookup::LicenseLookup;
pub(super) use self::pages::{holds_any, page, rows};
#[cfg(test)]
pub(super) use self::pages::{page_statement, walk_statement};
#[cfg(test)]
pub(super) use self::write::deletion;
pub(super) use self::write::write;

const TABLE: &str = "licenses";
