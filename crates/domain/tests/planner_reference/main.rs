//! Compares the planner with a slow and simple reference, over random small fixtures.

#![expect(
    clippy::unwrap_used,
    reason = "a helper of a test fails it as the test itself would"
)]

mod agreement;
mod chunks;
mod decision_cache;
mod fixture;
mod generator_coverage;
mod properties;
mod reference;
mod translate;
