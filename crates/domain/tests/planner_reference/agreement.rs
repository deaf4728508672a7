use std::collections::BTreeMap;

use proptest::prelude::*;
use seatkeeper_domain::SeatPool;

use crate::chunks::{decisions, plan};
use crate::fixture::fixtures;
use crate::reference::Reference;
use crate::translate;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_planner_decides_as_the_reference_does(fixture in fixtures()) {
        let planned = plan(&fixture);
        let mut reference = Reference { fixture: &fixture, pools: BTreeMap::new() };
        for (chunk, planned) in fixture.chunks.iter().zip(&planned) {
            reference.pools.extend(&chunk.pools);
            prop_assert_eq!(planned.plan.members.len(), chunk.users.len());
            for (user, decision) in chunk.users.iter().zip(decisions(&planned.plan)) {
                let expected = reference.decide(user.as_ref());
                prop_assert_eq!(decision, &expected, "user {:?}", user);
            }
            let pools: Vec<SeatPool> = reference
                .pools
                .iter()
                .map(|(&product, &pool)| translate::pool(product, pool))
                .collect();
            prop_assert_eq!(&planned.pools_after, &pools);
        }
    }
}
