//! Runs the planner over the chunks of a fixture.

use std::collections::BTreeMap;

use seatkeeper_domain::{ChunkPlan, Decision, Planner, SeatPool, SeatPools};

use crate::fixture::{Fixture, PlainPool};
use crate::translate::{self, chunk_state};

/// One planned chunk, with the pools before and after it.
#[derive(Debug)]
pub(crate) struct PlannedChunk {
    pub(crate) plan: ChunkPlan,
    pub(crate) pools_before: Vec<SeatPool>,
    pub(crate) pools_after: Vec<SeatPool>,
}

/// Plans the chunks of a fixture with one planner.
pub(crate) fn plan(fixture: &Fixture) -> Vec<PlannedChunk> {
    plan_with(fixture, Planner::plan)
}

/// The results of a fixture whose batch is rejected as a whole.
pub(crate) fn plan_refused(fixture: &Fixture) -> Vec<PlannedChunk> {
    plan_with(fixture, Planner::plan_refused)
}

fn plan_with(
    fixture: &Fixture,
    run: fn(&mut Planner, &seatkeeper_domain::ChunkState, &mut SeatPools) -> ChunkPlan,
) -> Vec<PlannedChunk> {
    let mut planner = translate::planner(fixture);
    let mut pools: BTreeMap<u32, PlainPool> = BTreeMap::new();
    fixture
        .chunks
        .iter()
        .map(|chunk| {
            pools.extend(&chunk.pools);
            let pools_before: Vec<SeatPool> = pools
                .iter()
                .map(|(&product, &pool)| translate::pool(product, pool))
                .collect();
            let mut seat_pools = SeatPools::new(pools_before.clone());
            let plan = run(&mut planner, &chunk_state(&chunk.users), &mut seat_pools);
            let pools_after: Vec<SeatPool> = seat_pools.iter().copied().collect();
            pools = pools_after.iter().map(plain).collect();
            PlannedChunk {
                plan,
                pools_before,
                pools_after,
            }
        })
        .collect()
}

fn plain(pool: &SeatPool) -> (u32, PlainPool) {
    let SeatPool {
        product,
        entitled,
        assignable,
        active,
        assigned,
        available,
    } = *pool;
    let plain = PlainPool {
        entitled,
        assignable,
        active,
        assigned,
        available,
    };
    (product.0, plain)
}

/// The decision of each member, in order.
pub(crate) fn decisions(plan: &ChunkPlan) -> impl Iterator<Item = &Decision> {
    plan.members
        .iter()
        .map(|&index| &plan.decisions[index as usize])
}
