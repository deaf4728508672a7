//! One test per rule of the planner, with the terms of a license page.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails it as the test itself would"
)]

mod batches;
mod dependencies;
mod entitlements;
mod exclusions;
mod fixture;
mod locations;
mod modes;
mod plans;
mod reverts;
mod seats;
mod waiting;
