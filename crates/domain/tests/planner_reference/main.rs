//! The planner against a slow and obvious reference, over random small worlds.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails it as the test itself would"
)]

mod agreement;
mod chunks;
mod memory;
mod properties;
mod reference;
mod richness;
mod translate;
mod world;
