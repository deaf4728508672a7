use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use seatkeeper_domain::{
    BatchMode, Decision, Outcome, ProductDecision, ProductKey, Violation, ViolationType,
};

use crate::chunks::{decisions, plan, plan_refused};
use crate::fixture::{Fixture, PlainChunk, PlainUser, fixtures};
use crate::translate::plain_plans;

/// The licenses that a user holds after a decision is applied.
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

/// The decisions by product, without the product named by `OTHER_CHANGE_FAILED`.
fn by_product(decision: &Decision) -> BTreeMap<ProductKey, ProductDecision> {
    let without_first = |violation: &Violation| {
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
            let violations = product.violations.iter().map(without_first).collect();
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
    fn seats_are_never_oversold(fixture in fixtures()) {
        for chunk in plan(&fixture) {
            for (before, after) in chunk.pools_before.iter().zip(&chunk.pools_after) {
                prop_assert!(after.available >= before.available.min(0), "{before:?} {after:?}");
            }
        }
    }

    #[test]
    fn seats_move_by_what_was_assigned_and_revoked_alone(fixture in fixtures()) {
        let fixture = Fixture { waits_for_seats: false, ..fixture };
        for chunk in plan(&fixture) {
            let deltas: BTreeMap<_, _> = chunk.plan.seat_deltas().into_iter().collect();
            for (before, after) in chunk.pools_before.iter().zip(&chunk.pools_after) {
                let delta = deltas.get(&before.product).copied().unwrap_or(0);
                prop_assert_eq!(after.assigned - before.assigned, delta);
                prop_assert_eq!(before.available - after.available, delta);
            }
        }
    }

    #[test]
    fn the_same_change_again_leaves_those_who_succeeded_unchanged(fixture in fixtures()) {
        let mut again = fixture.clone();
        let mut succeeded = vec![];
        for (chunk, planned) in again.chunks.iter_mut().zip(plan(&fixture)) {
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
    fn per_user_a_change_applies_whole_or_not_at_all(fixture in fixtures()) {
        let fixture = Fixture { mode: BatchMode::PerUser, ..fixture };
        for chunk in plan(&fixture) {
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
    fn per_user_a_change_waits_whole_or_not_at_all(fixture in fixtures()) {
        let fixture = Fixture { mode: BatchMode::PerUser, waits_for_seats: true, ..fixture };
        for chunk in plan(&fixture) {
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
    fn waitlisted_users_never_fail_for_lack_of_a_seat(fixture in fixtures()) {
        let fixture = Fixture { waits_for_seats: true, ..fixture };
        let want = [ViolationType::SeatsExhausted, ViolationType::EntitlementSuspended];
        for chunk in plan(&fixture) {
            for product in chunk.plan.decisions.iter().flat_map(|d| &d.products) {
                let mut violations = product.violations.iter().map(Violation::violation_type);
                prop_assert!(!violations.any(|violation| want.contains(&violation)));
            }
        }
    }

    #[test]
    fn in_every_mode_no_user_loses_a_product_without_getting_a_replacement(
        fixture in fixtures(),
    ) {
        let assigned: Vec<_> = fixture.change.assign.iter().map(|one| one.product).collect();
        prop_assume!(!assigned.is_empty());
        let decisions = plan(&fixture).into_iter().flat_map(|chunk| chunk.plan.decisions);
        for decision in decisions {
            let products = || decision.products.iter();
            let loses = products().any(|product| product.outcome == Outcome::Revoked);
            let wanted = products().filter(|product| assigned.contains(&product.product.0));
            let holds = wanted.into_iter().any(|product| product.after.is_some());
            prop_assert!(!loses || holds, "{decision:?}");
        }
    }

    #[test]
    fn a_failure_has_violations_and_nothing_else_has(fixture in fixtures()) {
        for chunk in plan(&fixture) {
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
        (fixture, shuffled) in fixtures().prop_flat_map(|fixture| {
            let assign = Just(fixture.change.assign.clone()).prop_shuffle();
            let revoke = Just(fixture.change.revoke.clone()).prop_shuffle();
            (Just(fixture), assign, revoke).prop_map(|(fixture, assign, revoke)| {
                let mut shuffled = fixture.clone();
                shuffled.change.assign = assign;
                shuffled.change.revoke = revoke;
                (fixture, shuffled)
            })
        })
    ) {
        for (one, other) in plan(&fixture).iter().zip(plan(&shuffled)) {
            for (one, other) in decisions(&one.plan).zip(decisions(&other.plan)) {
                prop_assert_eq!(by_product(one), by_product(other));
                prop_assert_eq!(&one.held_after, &other.held_after);
            }
        }
    }

    #[test]
    fn how_users_are_cut_into_chunks_does_not_matter(fixture in fixtures()) {
        let whole = Fixture {
            chunks: vec![PlainChunk {
                pools: fixture.chunks[0].pools.clone(),
                users: fixture.chunks.iter().flat_map(|chunk| chunk.users.clone()).collect(),
            }],
            ..fixture
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
    fn a_chunk_keeps_each_used_decision_once(fixture in fixtures()) {
        let chunks = plan(&fixture).into_iter().chain(plan_refused(&fixture));
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
    fn a_refused_batch_changes_no_user_and_keeps_the_reasons(fixture in fixtures()) {
        let fixture = Fixture { mode: BatchMode::AllOrNothing, ..fixture };
        let users = fixture.chunks.iter().flat_map(|chunk| &chunk.users);
        let (tried, refused) = (plan(&fixture), plan_refused(&fixture));
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
