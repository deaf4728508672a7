use seatkeeper_domain::{HeldLicense, ProductDecision};

use super::step::{Record, Wish};
use crate::decisions::{assigned, failed, plans, revoked, unchanged, updated};

/// The decision of a planner for a user who holds `held`; `None` when the user does not exist.
pub(crate) fn decide(
    record: &Record,
    held: Option<&[HeldLicense]>,
    entitled: bool,
) -> ProductDecision {
    let product = record.product;
    let Some(held) = held else {
        return failed(product);
    };
    let held = held.iter().find(|license| license.product == product);
    match (&record.wish, held) {
        (Wish::Hold(_), None) if !entitled => failed(product),
        (Wish::Hold(after), None) => assigned(product, after),
        (Wish::Hold(after), Some(license)) if license.disabled_plans == plans(after) => {
            unchanged(product)
        }
        (Wish::Hold(after), Some(license)) => {
            let before: Vec<u32> = license.disabled_plans.iter().map(|plan| plan.0).collect();
            updated(product, &before, after)
        }
        (Wish::Lose, None) => unchanged(product),
        (Wish::Lose, Some(_)) | (Wish::LoseBlindly, _) => revoked(product),
    }
}
