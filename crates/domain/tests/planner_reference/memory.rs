//! What a planner remembers of other users.

use std::collections::BTreeMap;

use proptest::prelude::*;
use seatkeeper_domain::SeatPools;

use crate::chunks::{decisions, plan};
use crate::translate::{self, chunk_state};
use crate::world::{PlainChunk, PlainUser, World, worlds};

/// The user, and others who lack one license of theirs or hold it with nothing switched off.
fn neighbors(user: &PlainUser) -> Vec<PlainUser> {
    let mut neighbors = vec![user.clone()];
    for product in user.held.keys() {
        let mut without = user.clone();
        without.held.remove(product);
        let mut full = user.clone();
        full.held.entry(*product).or_default().clear();
        neighbors.extend([without, full]);
    }
    neighbors
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn whom_a_planner_has_judged_before_does_not_matter(world in worlds()) {
        let users = world.chunks.iter().flat_map(|chunk| chunk.users.iter().flatten());
        let mut chunks: Vec<_> = users
            .flat_map(neighbors)
            .map(|user| PlainChunk { pools: BTreeMap::new(), users: vec![Some(user)] })
            .collect();
        if let Some(first) = chunks.first_mut() {
            first.pools = world.chunks[0].pools.clone();
        }
        let world = World { chunks, report_licenses: false, ..world };
        for (chunk, planned) in world.chunks.iter().zip(plan(&world)) {
            let mut pools = SeatPools::new(planned.pools_before);
            let fresh = translate::planner(&world).plan(&chunk_state(&chunk.users), &mut pools);
            let remembering = decisions(&planned.plan);
            prop_assert!(remembering.eq(decisions(&fresh)), "{:?}", chunk.users);
        }
    }
}
