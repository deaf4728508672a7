use crate::{
    BatchMode, CompiledCatalog, Decision, HeldLicense, Holding, Outcome, ProductDecision,
    ProductKey, UserFacts, Violation, Warning,
};

use super::PlannerOptions;
use super::dependency::dependency_violations;
use super::exclusion::exclusion_violations;
use super::final_state::FinalState;
use super::pools::SeatState;
use super::product_change::{EnabledPlans, ProductChange, enabled_plans};
use super::user_rules::{lacks_seat, seat_violation, user_violations};

/// The input of a decision for one user.
pub(super) struct DecisionInput<'a> {
    pub(super) catalog: &'a CompiledCatalog,
    pub(super) options: PlannerOptions,
    pub(super) facts: UserFacts,
    pub(super) holding: &'a Holding,
    /// The seat states of the assigned products, by their index among the product changes.
    pub(super) seats: &'a [SeatState],
}

/// Decides one user. Deterministic: equal product changes and equal input give an equal decision.
pub(super) fn decide<'a>(
    input: &'a DecisionInput<'a>,
    changes: Vec<ProductChange<'a>>,
) -> Decision {
    let decider = Decider {
        input,
        before: enabled_plans(input.catalog, input.holding),
        changes,
    };
    let verdicts = match input.options.mode {
        BatchMode::PerUser | BatchMode::AllOrNothing => decider.whole_change_verdicts(),
        BatchMode::PerLicense => decider.per_license_verdicts(),
    };
    let products: Vec<ProductDecision> = decider
        .changes
        .into_iter()
        .zip(verdicts)
        .enumerate()
        .map(|(index, (change, verdict))| {
            product_decision(change, verdict, input.seats.get(index).copied())
        })
        .collect();
    let held_after = input
        .options
        .report_licenses
        .then(|| held_after(&input.holding.licenses, &products));
    Decision {
        products,
        held_after,
    }
}

struct Decider<'a> {
    input: &'a DecisionInput<'a>,
    before: EnabledPlans,
    /// In the order of the decision.
    changes: Vec<ProductChange<'a>>,
}

/// The result of one change: it fails, it waits, or it applies.
#[derive(Default, Clone)]
struct Verdict {
    violations: Vec<Violation>,
    waits: bool,
}

/// The violations of one change, grouped by their order of removal in mode `PER_LICENSE`.
#[derive(Default)]
struct Findings {
    user_rules: Vec<Violation>,
    rules: Vec<Violation>,
    seats: Option<Violation>,
    /// The change lacks a seat, and users wait for seats.
    waits: bool,
}

impl Findings {
    fn into_verdict(self) -> Verdict {
        let mut violations = self.user_rules;
        violations.extend(self.rules);
        violations.extend(self.seats);
        violations.sort_unstable();
        violations.dedup();
        Verdict {
            waits: self.waits && violations.is_empty(),
            violations,
        }
    }
}

impl Decider<'_> {
    fn effective(&self) -> Vec<usize> {
        (0..self.changes.len())
            .filter(|&index| self.changes[index].is_effective())
            .collect()
    }

    /// If one change fails, all effective changes of the user fail; else if one waits, all wait.
    fn whole_change_verdicts(&self) -> Vec<Verdict> {
        let remaining = self.effective();
        let mut verdicts = vec![Verdict::default(); self.changes.len()];
        for (&index, findings) in remaining.iter().zip(self.findings_of_all(&remaining)) {
            verdicts[index] = findings.into_verdict();
        }
        let failed = |verdict: &Verdict| !verdict.violations.is_empty();
        if let Some(first) = verdicts.iter().position(failed) {
            let product = self.changes[first].product;
            for index in remaining {
                verdicts[index].waits = false;
                if !failed(&verdicts[index]) {
                    let violation = Violation::OtherChangeFailed { product };
                    verdicts[index].violations.push(violation);
                }
            }
        } else if verdicts.iter().any(|verdict| verdict.waits) {
            for index in remaining {
                verdicts[index].waits = true;
            }
        }
        verdicts
    }

    /// Each change fails alone. Removes changes with violations of user rules first, then those
    /// that violate catalog rules among the remaining changes, then those without a seat, until the
    /// remaining changes apply.
    fn per_license_verdicts(&self) -> Vec<Verdict> {
        let mut remaining = self.effective();
        let mut verdicts = vec![Verdict::default(); self.changes.len()];
        loop {
            let all_findings = self.findings_of_all(&remaining);
            let Some(reason) = reason_to_remove(&all_findings) else {
                self.suppress_revocations(&remaining, &mut verdicts);
                return verdicts;
            };
            let mut kept = Vec::with_capacity(remaining.len());
            for (index, findings) in remaining.into_iter().zip(all_findings) {
                if reason(&findings) {
                    verdicts[index] = findings.into_verdict();
                } else {
                    kept.push(index);
                }
            }
            remaining = kept;
        }
    }

    /// Revokes nothing from a user who gets none of the assigned products, so that a swap never
    /// leaves a user without both. No other change remains then, so no further round of decisions
    /// is needed.
    fn suppress_revocations(&self, remaining: &[usize], verdicts: &mut [Verdict]) {
        let wanted = || {
            let changes = self.changes.iter().zip(&*verdicts);
            changes.filter(|(change, _)| change.after.is_some())
        };
        let gets_none = wanted().all(|(change, verdict)| {
            change.before.is_none() && (verdict.waits || !verdict.violations.is_empty())
        });
        let waits = wanted().any(|(_, verdict)| verdict.waits);
        let Some(product) = wanted().next().map(|(change, _)| change.product) else {
            return;
        };
        if !gets_none {
            return;
        }
        for &index in remaining {
            if waits {
                verdicts[index].waits = true;
            } else {
                let violation = Violation::OtherChangeFailed { product };
                verdicts[index].violations.push(violation);
            }
        }
    }

    /// The findings of each remaining change if exactly the remaining changes apply.
    fn findings_of_all(&self, remaining: &[usize]) -> Vec<Findings> {
        let changes: Vec<&ProductChange<'_>> = remaining
            .iter()
            .map(|&index| &self.changes[index])
            .collect();
        let state = FinalState::new(&self.before, &changes);
        let mut rules = vec![Vec::new(); changes.len()];
        for (change, violations) in changes.iter().zip(&mut rules) {
            exclusion_violations(self.input.catalog, change, &state, violations);
        }
        dependency_violations(self.input.catalog, &changes, &state, &mut rules);
        changes
            .iter()
            .zip(remaining)
            .zip(rules)
            .map(|((change, &index), rules)| self.findings_of(change, index, rules))
            .collect()
    }

    fn findings_of(
        &self,
        change: &ProductChange<'_>,
        index: usize,
        rules: Vec<Violation>,
    ) -> Findings {
        if change.changed_since {
            return Findings {
                user_rules: vec![Violation::ChangedSince],
                ..Findings::default()
            };
        }
        let DecisionInput {
            catalog,
            facts,
            options,
            ..
        } = *self.input;
        let seats = self.input.seats.get(index).copied();
        let waits = options.waits_for_seats && lacks_seat(change, seats);
        // A waiting change needs no seat yet, so seat rules do not apply to it.
        let checked_seats = if waits { None } else { seats };
        Findings {
            user_rules: user_violations(catalog, facts, change, checked_seats),
            rules,
            seats: seat_violation(change, checked_seats),
            waits,
        }
    }
}

type Reason = fn(&Findings) -> bool;

/// The first reason, in order of removal, that applies to at least one change.
fn reason_to_remove(all_findings: &[Findings]) -> Option<Reason> {
    const REASONS: [Reason; 3] = [
        |findings| !findings.user_rules.is_empty(),
        |findings| !findings.rules.is_empty(),
        |findings| findings.seats.is_some() || findings.waits,
    ];
    REASONS
        .into_iter()
        .find(|reason| all_findings.iter().any(reason))
}

fn product_decision(
    change: ProductChange<'_>,
    verdict: Verdict,
    seats: Option<SeatState>,
) -> ProductDecision {
    let Verdict { violations, waits } = verdict;
    let effective = change.is_effective();
    let outcome = match (effective, &change.before, &change.after) {
        (false, ..) | (true, None, None) => Outcome::Unchanged,
        (true, ..) if !violations.is_empty() => Outcome::Failed,
        (true, ..) if waits => Outcome::Waitlisted,
        (true, None, Some(_)) => Outcome::Assigned,
        (true, Some(_), Some(_)) => Outcome::Updated,
        (true, Some(_), None) => Outcome::Revoked,
    };
    let before = change.before.cloned();
    let mut warnings = Vec::new();
    if outcome == Outcome::Assigned {
        if seats == Some(SeatState::Free { in_grace: true }) {
            warnings.push(Warning::SeatInGrace);
        }
        if !change.left_off.is_empty() {
            warnings.push(Warning::PlanLeftOff {
                plans: change.left_off,
            });
        }
    }
    ProductDecision {
        product: change.product,
        outcome,
        after: match outcome {
            Outcome::Failed | Outcome::Waitlisted => before.clone(),
            Outcome::Assigned | Outcome::Updated | Outcome::Revoked | Outcome::Unchanged => {
                change.after
            }
        },
        before,
        violations,
        warnings,
    }
}

/// The licenses held after the decisions are applied to `held`, ascending by product.
pub(super) fn held_after(held: &[HeldLicense], products: &[ProductDecision]) -> Vec<HeldLicense> {
    let decided = |product: ProductKey| products.iter().any(|decided| decided.product == product);
    let untouched = held
        .iter()
        .filter(|license| !decided(license.product))
        .cloned();
    let written = products.iter().filter_map(|decided| {
        decided.after.clone().map(|disabled_plans| HeldLicense {
            product: decided.product,
            disabled_plans,
        })
    });
    let mut licenses: Vec<HeldLicense> = untouched.chain(written).collect();
    licenses.sort_unstable();
    licenses
}
