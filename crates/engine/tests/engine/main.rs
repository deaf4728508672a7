//! The guarantees of the engine, tested on every store: the reference model, SQLite and PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod assigned;
mod buy_more;
mod cancel;
mod clock;
mod confirmation;
mod costs;
mod dry_run;
mod eligibility;
mod entitlements;
mod fixture;
mod follow;
mod group_commit;
mod idempotency;
mod journal;
mod modes;
mod recovery;
mod refusals;
mod retention;
mod retry;
mod revert;
mod seat_release;
mod seats;
mod selection_builder;
mod selection_expiry;
mod selections;
mod single;
mod stores;
mod summary;
mod token_keys;
mod user_stream;
mod waitlist;
