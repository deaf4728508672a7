//! The seatkeeper binary: server, demo and client.
fn main() {}
