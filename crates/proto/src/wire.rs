//! What a request message may hold, checked on its bytes before it is decoded: two bytes on the wire
//! become up to 230 in memory, so lists are counted before anything is allocated for them.

mod check;
mod lists;
mod reader;
mod schema;

pub use check::{Decoded, Refusal};
pub use lists::{ListLimit, Total};
pub use schema::{RequestMethod, RequestSchema};

#[cfg(test)]
mod tests;
