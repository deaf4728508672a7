//! Allocations per user. The test compares counts because they are equal on every machine. It is
//! the only test of its program, because allocations of tests that run at the same time would be
//! counted too.

#[path = "../benches/planner/fixture.rs"]
mod fixture;

use std::alloc::System;
use std::sync::Arc;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use fixture::{Holders, PRODUCTS, catalog, chunk, planner, pools};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Maximum number of allocations of a user with a unique input: for the decision and for its cache
/// entry. It includes those of an occasional growth of the cache.
const LONE_USER_MAX: usize = 40;

fn allocations(holders: Holders, users: u32) -> usize {
    let mut planner = planner(&Arc::new(catalog(holders)), PRODUCTS);
    let (state, mut pools) = (chunk(holders, users), pools());
    let region = Region::new(ALLOCATOR);
    let plan = planner.plan(&state, &mut pools);
    let allocations = region.change().allocations;
    assert_eq!(plan.members.len(), state.members.len());
    allocations
}

#[test]
fn users_in_one_situation_are_decided_without_an_allocation_for_each() {
    for holders in [Holders::Alike, Holders::Different] {
        let few = allocations(holders, 10);
        let many = allocations(holders, 5_000);
        assert_eq!(many, few);
    }
    let alone = allocations(Holders::Related, 5_000) / 5_000;
    assert!(alone <= LONE_USER_MAX, "{alone} allocations");
}
