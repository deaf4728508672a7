use std::collections::HashMap;

use crate::{ChunkPlan, Decision, Outcome, ProductDecision, Violation};

use super::decide::held_after;

/// Converts the plan of a chunk to the results of a rejected batch, where no user changes.
pub(super) fn refuse(plan: &ChunkPlan) -> ChunkPlan {
    let mut indexes = HashMap::new();
    let mut decisions = Vec::new();
    let refused: Vec<u32> = plan
        .decisions
        .iter()
        .map(|decision| {
            let refused = refuse_user(decision);
            *indexes.entry(refused).or_insert_with_key(|refused| {
                let index = u32::try_from(decisions.len()).expect("a chunk fits memory");
                decisions.push(refused.clone());
                index
            })
        })
        .collect();
    let members = plan
        .members
        .iter()
        .map(|&index| refused[index as usize])
        .collect();
    ChunkPlan { decisions, members }
}

fn refuse_user(decision: &Decision) -> Decision {
    let products: Vec<ProductDecision> = decision.products.iter().map(refuse_product).collect();
    Decision {
        held_after: decision
            .held_after
            .as_ref()
            .map(|held| held_after(held, &products)),
        products,
    }
}

fn refuse_product(product: &ProductDecision) -> ProductDecision {
    match product.outcome {
        Outcome::Unchanged | Outcome::Failed => product.clone(),
        Outcome::Assigned | Outcome::Updated | Outcome::Revoked | Outcome::Waitlisted => {
            ProductDecision {
                product: product.product,
                outcome: Outcome::Failed,
                before: product.before.clone(),
                after: product.before.clone(),
                violations: vec![Violation::OtherUserFailed],
                warnings: Vec::new(),
            }
        }
    }
}
