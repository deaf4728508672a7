//! Checks the bytes of a request message against its limits before the message is decoded. Two
//! bytes on the wire take up to 230 bytes in memory, so the check counts lists before any
//! allocation.

mod check;
mod lists;
mod reader;
mod schema;

pub use check::{Decoded, Refusal};
pub use lists::{ListLimit, Total};
pub use schema::{RequestMethod, RequestSchema};

#[cfg(test)]
mod tests;
