//! Licenses: pages of them, and writing what a chunk decided.

pub(super) mod by_key;
mod changes;

mod marks;
mod pages;
mod sought;
mod write;

pub(super) use self::changes::HeldChanges;
pub(super) use self::marks::marks;
pub(super) use self::pages::{holds_any, page, rows};
#[cfg(test)]
pub(super) use self::pages::{page_statement, walk_statement};
pub(super) use self::sought::Sought;
#[cfg(test)]
pub(super) use self::write::deletion;
pub(super) use self::write::write;

const TABLE: &str = "licenses";
