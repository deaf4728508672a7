//! The engine's promises, kept on every store: the reference model, SQLite and PostgreSQL.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod again;
mod assigned;
mod buy_more;
mod cancel;
mod clock;
mod confirmation;
mod costs;
mod eligibility;
mod entitlements;
mod follow;
mod gathering;
mod giving_up;
mod intake;
mod journal;
mod modes;
mod preview;
mod recovery;
mod refusals;
mod requests;
mod revert;
mod seats;
mod selection_expiry;
mod selections;
mod single;
mod stores;
mod summary;
mod together;
mod token_keys;
mod upkeep;
mod waitlist;
mod world;
