//! What a user costs in allocations: counts, so that they are the same on any machine. The only
//! test of its program, because everything that runs beside it would be counted too.

#[path = "../benches/planner/world.rs"]
mod world;

use std::alloc::System;
use std::sync::Arc;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use world::{Holders, PRODUCTS, catalog, chunk, planner, pools};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Allocations of a user who is like no other: what the decision is made of, and what is
/// remembered of it. To that come those that a growing memory makes now and then.
const DIFFERENT_USER_MAX: usize = 40;

fn allocations(holders: Holders, users: u32) -> usize {
    let mut planner = planner(&Arc::new(catalog()), PRODUCTS);
    let (state, mut pools) = (chunk(holders, users), pools());
    let region = Region::new(ALLOCATOR);
    let plan = planner.plan(&state, &mut pools);
    let allocations = region.change().allocations;
    assert_eq!(plan.members.len(), state.members.len());
    allocations
}

#[test]
fn users_alike_are_decided_without_an_allocation_for_each() {
    let few = allocations(Holders::Alike, 10);
    let many = allocations(Holders::Alike, 5_000);
    assert_eq!(many, few);
    let different = allocations(Holders::Different, 5_000) / 5_000;
    assert!(different <= DIFFERENT_USER_MAX, "{different} allocations");
}
