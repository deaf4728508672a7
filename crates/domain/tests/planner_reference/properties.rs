use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use seatkeeper_domain::{
    BatchMode, Decision, Outcome, ProductDecision, ProductKey, Violation, ViolationType,
};

use crate::chunks::{decisions, plan, plan_refused};
use crate::translate::plain_plans;
use crate::world::{PlainChunk, PlainUser, World, worlds};

/// What a user holds once a decision is applied.
fn applied(user: &PlainUser, decision: &Decision) -> PlainUser {
    let mut user = user.clone();
    for product in &decision.products {
        match &product.after {
            Some(disabled) => user.held.insert(product.product.0, plain_plans(disabled)),
            None => user.held.remove(&product.product.0),
        };
    }
    user
}

/// By product, without the place in the change that `OTHER_CHANGE_FAILED` tells.
fn by_product(decision: &Decision) -> BTreeMap<ProductKey, ProductDecision> {
    let placeless = |violation: &Violation| {
        if violation.violation_type() == ViolationType::OtherChangeFailed {
            let product = ProductKey(u32::MAX);
            return Violation::OtherChangeFailed { product };
        }
        violation.clone()
    };
    decision
        .products
        .iter()
        .map(|product| {
            let violations = product.violations.iter().map(placeless).collect();
            (
                product.product,
                ProductDecision {
                    violations,
                    ..product.clone()
                },
            )
        })
        .collect()
}

fn failed(product: &ProductDecision) -> bool {
    product.outcome == Outcome::Failed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn seats_are_never_oversold(world in worlds()) {
        for chunk in plan(&world) {
            for (before, after) in chunk.pools_before.iter().zip(&chunk.pools_after) {
                prop_assert!(after.available >= before.available.min(0), "{before:?} {after:?}");
            }
        }
    }

    #[test]
    fn seats_move_by_what_was_assigned_and_revoked_alone(world in worlds()) {
        let world = World { waits_for_seats: false, ..world };
        for chunk in plan(&world) {
            let deltas: BTreeMap<_, _> = chunk.plan.seat_deltas().into_iter().collect();
            for (before, after) in chunk.pools_before.iter().zip(&chunk.pools_after) {
                let delta = deltas.get(&before.product).copied().unwrap_or(0);
                prop_assert_eq!(after.assigned - before.assigned, delta);
                prop_assert_eq!(before.available - after.available, delta);
            }
        }
    }

    #[test]
    fn the_same_change_again_leaves_those_who_succeeded_unchanged(world in worlds()) {
        let mut again = world.clone();
        let mut succeeded = vec![];
        for (chunk, planned) in again.chunks.iter_mut().zip(plan(&world)) {
            for (user, decision) in chunk.users.iter_mut().zip(decisions(&planned.plan)) {
                let mut products = decision.products.iter();
                succeeded.push(products.all(|product| {
                    ![Outcome::Failed, Outcome::Waitlisted].contains(&product.outcome)
                }));
                *user = user.as_ref().map(|user| applied(user, decision));
            }
        }
        let planned = plan(&again);
        let repeated = planned.iter().flat_map(|chunk| decisions(&chunk.plan));
        for (decision, _) in repeated.zip(succeeded).filter(|(_, succeeded)| *succeeded) {
            for product in &decision.products {
                prop_assert_eq!(product.outcome, Outcome::Unchanged);
            }
        }
    }

    #[test]
    fn per_user_a_change_applies_whole_or_not_at_all(world in worlds()) {
        let world = World { mode: BatchMode::PerUser, ..world };
        for chunk in plan(&world) {
            for decision in chunk.plan.decisions.iter().filter(|d| d.has_failures()) {
                for product in &decision.products {
                    let nothing_done = [Outcome::Failed, Outcome::Unchanged];
                    prop_assert!(nothing_done.contains(&product.outcome));
                    prop_assert_eq!(&product.before, &product.after);
                }
            }
        }
    }

    #[test]
    fn per_user_a_change_waits_whole_or_not_at_all(world in worlds()) {
        let world = World { mode: BatchMode::PerUser, waits_for_seats: true, ..world };
        for chunk in plan(&world) {
            let waits = |decision: &&Decision| {
                decision.products.iter().any(|product| product.outcome == Outcome::Waitlisted)
            };
            for decision in chunk.plan.decisions.iter().filter(waits) {
                for product in &decision.products {
                    let nothing_done = [Outcome::Waitlisted, Outcome::Unchanged];
                    prop_assert!(nothing_done.contains(&product.outcome));
                    prop_assert_eq!(&product.before, &product.after);
                }
            }
        }
    }

    #[test]
    fn who_waits_for_seats_never_fails_for_want_of_one(world in worlds()) {
        let world = World { waits_for_seats: true, ..world };
        let want = [ViolationType::SeatsExhausted, ViolationType::EntitlementSuspended];
        for chunk in plan(&world) {
            for product in chunk.plan.decisions.iter().flat_map(|d| &d.products) {
                let mut violations = product.violations.iter().map(Violation::violation_type);
                prop_assert!(!violations.any(|violation| want.contains(&violation)));
            }
        }
    }

    #[test]
    fn in_every_mode_nobody_loses_something_and_gets_nothing_of_what_was_to_replace_it(
        world in worlds(),
    ) {
        let assigned: Vec<_> = world.change.assign.iter().map(|one| one.product).collect();
        prop_assume!(!assigned.is_empty());
        let decisions = plan(&world).into_iter().flat_map(|chunk| chunk.plan.decisions);
        for decision in decisions {
            let products = || decision.products.iter();
            let loses = products().any(|product| product.outcome == Outcome::Revoked);
            let wanted = products().filter(|product| assigned.contains(&product.product.0));
            let holds = wanted.into_iter().any(|product| product.after.is_some());
            prop_assert!(!loses || holds, "{decision:?}");
        }
    }

    #[test]
    fn a_failure_has_violations_and_nothing_else_has(world in worlds()) {
        for chunk in plan(&world) {
            for product in chunk.plan.decisions.iter().flat_map(|d| &d.products) {
                prop_assert_eq!(failed(product), !product.violations.is_empty());
                prop_assert!(product.violations.is_sorted());
                if failed(product) {
                    prop_assert!(product.warnings.is_empty());
                }
            }
        }
    }

    #[test]
    fn the_order_of_the_change_does_not_matter(
        (world, shuffled) in worlds().prop_flat_map(|world| {
            let assign = Just(world.change.assign.clone()).prop_shuffle();
            let revoke = Just(world.change.revoke.clone()).prop_shuffle();
            (Just(world), assign, revoke).prop_map(|(world, assign, revoke)| {
                let mut shuffled = world.clone();
                shuffled.change.assign = assign;
                shuffled.change.revoke = revoke;
                (world, shuffled)
            })
        })
    ) {
        for (one, other) in plan(&world).iter().zip(plan(&shuffled)) {
            for (one, other) in decisions(&one.plan).zip(decisions(&other.plan)) {
                prop_assert_eq!(by_product(one), by_product(other));
                prop_assert_eq!(&one.held_after, &other.held_after);
            }
        }
    }

    #[test]
    fn how_users_are_cut_into_chunks_does_not_matter(world in worlds()) {
        let whole = World {
            chunks: vec![PlainChunk {
                pools: world.chunks[0].pools.clone(),
                users: world.chunks.iter().flat_map(|chunk| chunk.users.clone()).collect(),
            }],
            ..world
        };
        let mut single = whole.clone();
        single.chunks = whole.chunks[0]
            .users
            .iter()
            .map(|user| PlainChunk { pools: BTreeMap::new(), users: vec![user.clone()] })
            .collect();
        if let Some(first) = single.chunks.first_mut() {
            first.pools = whole.chunks[0].pools.clone();
        }
        let (whole, single) = (plan(&whole), plan(&single));
        let single: Vec<_> = single.iter().flat_map(|chunk| decisions(&chunk.plan)).collect();
        prop_assert_eq!(decisions(&whole[0].plan).collect::<Vec<_>>(), single);
    }

    #[test]
    fn a_chunk_keeps_each_decision_once_and_none_that_nobody_has(world in worlds()) {
        let chunks = plan(&world).into_iter().chain(plan_refused(&world));
        for chunk in chunks {
            let distinct = chunk.plan.decisions.len();
            let used: BTreeSet<u32> = chunk.plan.members.iter().copied().collect();
            prop_assert_eq!(used.len(), distinct);
            for (index, decision) in chunk.plan.decisions.iter().enumerate() {
                prop_assert!(!chunk.plan.decisions[..index].contains(decision));
            }
        }
    }

    #[test]
    fn a_refused_batch_changes_nobody_and_keeps_the_reasons(world in worlds()) {
        let world = World { mode: BatchMode::AllOrNothing, ..world };
        let users = world.chunks.iter().flat_map(|chunk| &chunk.users);
        let (tried, refused) = (plan(&world), plan_refused(&world));
        let tried = tried.iter().flat_map(|chunk| decisions(&chunk.plan));
        let refused = refused.iter().flat_map(|chunk| decisions(&chunk.plan));
        for ((user, tried), refused) in users.zip(tried).zip(refused) {
            if tried.has_failures() {
                prop_assert_eq!(refused, tried);
                continue;
            }
            for (tried, refused) in tried.products.iter().zip(&refused.products) {
                if tried.outcome == Outcome::Unchanged {
                    prop_assert_eq!(refused, tried);
                } else {
                    prop_assert_eq!(&refused.violations, &[Violation::OtherUserFailed]);
                    prop_assert_eq!(refused.outcome, Outcome::Failed);
                    prop_assert_eq!(&refused.before, &tried.before);
                }
                prop_assert_eq!(&refused.before, &refused.after);
            }
            if let (Some(held), Some(user)) = (&refused.held_after, user) {
                let held = held.iter().map(|license| {
                    (license.product.0, plain_plans(&license.disabled_plans))
                });
                prop_assert_eq!(held.collect::<BTreeMap<_, _>>(), user.held.clone());
            }
        }
    }
}
