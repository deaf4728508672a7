//! Tests that cached decisions of other users do not change a decision.

use std::collections::BTreeMap;

use proptest::prelude::*;
use seatkeeper_domain::SeatPools;

use crate::chunks::{decisions, plan};
use crate::fixture::{Fixture, PlainChunk, PlainUser, fixtures};
use crate::translate::{self, chunk_state};

/// The user, and variants of the user that lack one license or hold it with all plans enabled.
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
    fn earlier_decisions_of_a_planner_do_not_matter(fixture in fixtures()) {
        let users = fixture.chunks.iter().flat_map(|chunk| chunk.users.iter().flatten());
        let mut chunks: Vec<_> = users
            .flat_map(neighbors)
            .map(|user| PlainChunk { pools: BTreeMap::new(), users: vec![Some(user)] })
            .collect();
        if let Some(first) = chunks.first_mut() {
            first.pools = fixture.chunks[0].pools.clone();
        }
        let fixture = Fixture { chunks, report_licenses: false, ..fixture };
        for (chunk, planned) in fixture.chunks.iter().zip(plan(&fixture)) {
            let mut pools = SeatPools::new(planned.pools_before);
            let fresh = translate::planner(&fixture).plan(&chunk_state(&chunk.users), &mut pools);
            let cached = decisions(&planned.plan);
            prop_assert!(cached.eq(decisions(&fresh)), "{:?}", chunk.users);
        }
    }
}
