//! One fact about the planner's decisions a test, in the words of a license page.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails it as the test itself would"
)]

mod batches;
mod dependencies;
mod entitlements;
mod exclusions;
mod locations;
mod modes;
mod plans;
mod restoring;
mod scene;
mod seats;
mod waiting;
