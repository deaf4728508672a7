//! A server under abuse, on `SQLite` and on `PostgreSQL`: each test attacks its own server while a
//! well-behaved client keeps calling it.
//!
//! The client makes a call every 50 ms. Its responses are asserted, its p99 latency stays under a
//! second, and the server's resident memory stays under twice the configured budgets of bytes in
//! flight. These bounds are far from what a sound server needs: they break when a protection
//! breaks. Where a share per caller protects, the attacker calls from its own address; all other
//! attacks come from the client's address. At the end of each test the log contains no panic and
//! `seatkeeper verify` reports nothing.
//! `seatkeeper verify` finds nothing.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod bystander;
mod dense_message;
mod floods;
mod incomplete_message;
mod large_answer;
mod large_status;
mod page_token;
mod paused_reader;
mod probes;
mod random_calls;
mod raw;
mod rebinding;
mod rng;
mod silence;
mod slow_question;
mod test_server;
mod unread_answer;
mod wire;
