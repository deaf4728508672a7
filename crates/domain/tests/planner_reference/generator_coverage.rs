//! Checks that the generated fixtures reach every kind of decision; otherwise agreement would prove
//! little.

use std::collections::BTreeSet;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use seatkeeper_domain::{
    Decision, Outcome, ProductDecision, Violation, ViolationType, Warning, WarningType,
};

use crate::chunks::plan;
use crate::fixture::fixtures;

const FIXTURES: usize = 600;

fn all_decisions() -> Vec<Decision> {
    let mut runner = TestRunner::deterministic();
    let strategy = fixtures();
    (0..FIXTURES)
        .flat_map(|_| plan(&strategy.new_tree(&mut runner).unwrap().current()))
        .flat_map(|chunk| chunk.plan.decisions)
        .collect()
}

#[test]
fn generated_fixtures_reach_every_outcome_violation_and_warning() {
    let decisions = all_decisions();
    let products = || decisions.iter().flat_map(|decision| &decision.products);
    let outcomes: BTreeSet<Outcome> = products().map(|product| product.outcome).collect();
    let violations: BTreeSet<ViolationType> = products()
        .flat_map(|product| &product.violations)
        .map(Violation::violation_type)
        .collect();
    let warnings: BTreeSet<WarningType> = products()
        .flat_map(|product| &product.warnings)
        .map(Warning::warning_type)
        .collect();

    let of_a_batch = [ViolationType::OtherUserFailed, ViolationType::Cancelled];
    let of_a_revert = [ViolationType::ChangedSince, ViolationType::ProductRetired];
    let of_a_user = ViolationType::ALL
        .into_iter()
        .filter(|kind| !of_a_batch.contains(kind) && !of_a_revert.contains(kind))
        .collect();
    assert_eq!(outcomes.len(), 6, "{outcomes:?}");
    assert_eq!(violations, of_a_user);
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn generated_fixtures_reach_the_rarer_kinds_of_violations() {
    let decisions = all_decisions();
    let some = |test: &dyn Fn(&Decision) -> bool| decisions.iter().any(test);
    let some_violation = |test: &dyn Fn(&ProductDecision, &Violation) -> bool| {
        some(&|decision| {
            let mut products = decision.products.iter();
            products.any(|product| product.violations.iter().any(|found| test(product, found)))
        })
    };

    assert!(some_violation(&|_, found| matches!(
        found,
        Violation::MutuallyExclusive { plan: None, .. }
    )));
    assert!(some_violation(&|product, found| matches!(
        found,
        Violation::DependencyMissing { dependent_product, .. }
            if product.before.is_some() && *dependent_product != product.product
    )));
    assert!(some_violation(&|product, found| matches!(
        found,
        Violation::DependencyMissing { dependent_product, .. }
            if product.before.is_some() && *dependent_product == product.product
    )));
    assert!(some(&|decision| {
        let outcomes = || decision.products.iter().map(|product| product.outcome);
        outcomes().any(|outcome| outcome == Outcome::Failed)
            && outcomes().any(|outcome| outcome == Outcome::Assigned)
            && outcomes().any(|outcome| outcome == Outcome::Revoked)
    }));
}
