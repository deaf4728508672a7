//! Decisions as a planner would make them, written out.

use seatkeeper_domain::{
    CatalogVersion, ChunkPlan, Decision, LicenseChanges, Member, Outcome, PlanKey, PlanSet,
    ProductDecision, ProductKey, Violation,
};

/// The changes of a single call, with one decision per member.
pub(crate) fn changes(decided: Vec<(Member, Vec<ProductDecision>)>) -> LicenseChanges {
    let mut members = Vec::new();
    let mut plan = ChunkPlan::default();
    for (member, products) in decided {
        let decision = Decision {
            products,
            held_after: None,
        };
        let known = plan.decisions.iter().position(|known| *known == decision);
        let index = known.unwrap_or_else(|| {
            plan.decisions.push(decision);
            plan.decisions.len() - 1
        });
        plan.members.push(u32::try_from(index).unwrap());
        members.push(member);
    }
    LicenseChanges {
        span: None,
        catalog_version: CatalogVersion(1),
        members,
        plan,
    }
}

pub(crate) fn assigned(product: ProductKey, disabled: &[u32]) -> ProductDecision {
    decision(product, Outcome::Assigned, None, Some(disabled))
}

pub(crate) fn updated(product: ProductKey, before: &[u32], after: &[u32]) -> ProductDecision {
    decision(product, Outcome::Updated, Some(before), Some(after))
}

pub(crate) fn revoked(product: ProductKey) -> ProductDecision {
    decision(product, Outcome::Revoked, Some(&[]), None)
}

pub(crate) fn unchanged(product: ProductKey) -> ProductDecision {
    decision(product, Outcome::Unchanged, None, None)
}

pub(crate) fn failed(product: ProductKey) -> ProductDecision {
    ProductDecision {
        violations: vec![Violation::SeatsExhausted { available: 0 }],
        ..decision(product, Outcome::Failed, None, None)
    }
}

fn decision(
    product: ProductKey,
    outcome: Outcome,
    before: Option<&[u32]>,
    after: Option<&[u32]>,
) -> ProductDecision {
    ProductDecision {
        product,
        outcome,
        before: before.map(plans),
        after: after.map(plans),
        violations: Vec::new(),
        warnings: Vec::new(),
    }
}

pub(crate) fn plans(keys: &[u32]) -> PlanSet {
    keys.iter().copied().map(PlanKey).collect()
}
