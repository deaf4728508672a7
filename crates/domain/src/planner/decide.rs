use crate::{
    BatchMode, CompiledCatalog, Decision, HeldLicense, Holding, Outcome, ProductDecision,
    ProductKey, UserFacts, Violation, Warning,
};

use super::PlannerOptions;
use super::case::{Case, EnabledPlans, enabled_plans};
use super::dependency::dependency_violations;
use super::exclusion::exclusion_violations;
use super::final_state::FinalState;
use super::own::{lacks_seat, own_violations, seat_violation};
use super::pools::SeatState;

/// Everything that decides what happens to one user.
pub(super) struct Situation<'a> {
    pub(super) catalog: &'a CompiledCatalog,
    pub(super) options: PlannerOptions,
    pub(super) facts: UserFacts,
    pub(super) holding: &'a Holding,
    /// The seats of the products that are assigned, by their place among the cases.
    pub(super) seats: &'a [SeatState],
}

/// Decides one user: the same cases in the same situation always give the same decision.
pub(super) fn decide<'a>(situation: &'a Situation<'a>, cases: Vec<Case<'a>>) -> Decision {
    let judge = Judge {
        situation,
        before: enabled_plans(situation.catalog, situation.holding),
        cases,
    };
    let verdicts = match situation.options.mode {
        BatchMode::PerUser | BatchMode::AllOrNothing => judge.verdicts_of_the_whole(),
        BatchMode::PerLicense => judge.verdicts_one_by_one(),
    };
    let products: Vec<ProductDecision> = judge
        .cases
        .into_iter()
        .zip(verdicts)
        .enumerate()
        .map(|(place, (case, verdict))| {
            product_decision(case, verdict, situation.seats.get(place).copied())
        })
        .collect();
    let held_after = situation
        .options
        .report_licenses
        .then(|| held_after(&situation.holding.licenses, &products));
    Decision {
        products,
        held_after,
    }
}

struct Judge<'a> {
    situation: &'a Situation<'a>,
    before: EnabledPlans,
    /// In the order of the decision.
    cases: Vec<Case<'a>>,
}

/// What becomes of one case: it fails, it waits, or it applies.
#[derive(Default, Clone)]
struct Verdict {
    violations: Vec<Violation>,
    waits: bool,
}

/// What speaks against one case, by how it is to be removed in mode `PER_LICENSE`.
#[derive(Default)]
struct Judgement {
    own: Vec<Violation>,
    rules: Vec<Violation>,
    seats: Option<Violation>,
    /// It lacks a seat, and users wait for seats.
    waits: bool,
}

impl Judgement {
    fn into_verdict(self) -> Verdict {
        let mut violations = self.own;
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

impl Judge<'_> {
    fn effective(&self) -> Vec<usize> {
        (0..self.cases.len())
            .filter(|&place| self.cases[place].is_effective())
            .collect()
    }

    /// One failure fails every effective case of the user; else one that waits lets all wait.
    fn verdicts_of_the_whole(&self) -> Vec<Verdict> {
        let standing = self.effective();
        let mut verdicts = vec![Verdict::default(); self.cases.len()];
        for (&place, judgement) in standing.iter().zip(self.judge(&standing)) {
            verdicts[place] = judgement.into_verdict();
        }
        let failed = |verdict: &Verdict| !verdict.violations.is_empty();
        if let Some(first) = verdicts.iter().position(failed) {
            let product = self.cases[first].product;
            for place in standing {
                verdicts[place].waits = false;
                if !failed(&verdicts[place]) {
                    let violation = Violation::OtherChangeFailed { product };
                    verdicts[place].violations.push(violation);
                }
            }
        } else if verdicts.iter().any(|verdict| verdict.waits) {
            for place in standing {
                verdicts[place].waits = true;
            }
        }
        verdicts
    }

    /// Cases fail by themselves: those that could never apply go first, then those that break
    /// a rule in what remains, then those without a seat, until what remains applies.
    fn verdicts_one_by_one(&self) -> Vec<Verdict> {
        let mut standing = self.effective();
        let mut verdicts = vec![Verdict::default(); self.cases.len()];
        loop {
            let judgements = self.judge(&standing);
            let Some(reason) = reason_to_remove(&judgements) else {
                self.hold_back_revocations(&standing, &mut verdicts);
                return verdicts;
            };
            let mut remaining = Vec::with_capacity(standing.len());
            for (place, judgement) in standing.into_iter().zip(judgements) {
                if reason(&judgement) {
                    verdicts[place] = judgement.into_verdict();
                } else {
                    remaining.push(place);
                }
            }
            standing = remaining;
        }
    }

    /// Takes nothing from a user who gets none of what was to be assigned: a swap leaves nobody
    /// without both products. Then nothing else stands, so that nothing needs judging again.
    fn hold_back_revocations(&self, standing: &[usize], verdicts: &mut [Verdict]) {
        let wanted = || {
            let cases = self.cases.iter().zip(&*verdicts);
            cases.filter(|(case, _)| case.after.is_some())
        };
        let gets_none = wanted().all(|(case, verdict)| {
            case.before.is_none() && (verdict.waits || !verdict.violations.is_empty())
        });
        let waits = wanted().any(|(_, verdict)| verdict.waits);
        let Some(product) = wanted().next().map(|(case, _)| case.product) else {
            return;
        };
        if !gets_none {
            return;
        }
        for &place in standing {
            if waits {
                verdicts[place].waits = true;
            } else {
                let violation = Violation::OtherChangeFailed { product };
                verdicts[place].violations.push(violation);
            }
        }
    }

    /// What speaks against each of the standing cases when exactly these apply.
    fn judge(&self, standing: &[usize]) -> Vec<Judgement> {
        let cases: Vec<&Case<'_>> = standing.iter().map(|&place| &self.cases[place]).collect();
        let state = FinalState::new(&self.before, &cases);
        let mut rules = vec![Vec::new(); cases.len()];
        for (case, violations) in cases.iter().zip(&mut rules) {
            exclusion_violations(self.situation.catalog, case, &state, violations);
        }
        dependency_violations(self.situation.catalog, &cases, &state, &mut rules);
        cases
            .iter()
            .zip(standing)
            .zip(rules)
            .map(|((case, &place), rules)| self.judgement(case, place, rules))
            .collect()
    }

    fn judgement(&self, case: &Case<'_>, place: usize, rules: Vec<Violation>) -> Judgement {
        if case.changed_since {
            return Judgement {
                own: vec![Violation::ChangedSince],
                ..Judgement::default()
            };
        }
        let Situation {
            catalog,
            facts,
            options,
            ..
        } = *self.situation;
        let seats = self.situation.seats.get(place).copied();
        let waits = options.waits_for_seats && lacks_seat(case, seats);
        // Who waits needs no seat yet, so that nothing about seats speaks against it.
        let judged = if waits { None } else { seats };
        Judgement {
            own: own_violations(catalog, facts, case, judged),
            rules,
            seats: seat_violation(case, judged),
            waits,
        }
    }
}

type Reason = fn(&Judgement) -> bool;

/// The first reason, in the order of removal, that holds for any case.
fn reason_to_remove(judgements: &[Judgement]) -> Option<Reason> {
    const REASONS: [Reason; 3] = [
        |judgement| !judgement.own.is_empty(),
        |judgement| !judgement.rules.is_empty(),
        |judgement| judgement.seats.is_some() || judgement.waits,
    ];
    REASONS
        .into_iter()
        .find(|reason| judgements.iter().any(reason))
}

fn product_decision(case: Case<'_>, verdict: Verdict, seats: Option<SeatState>) -> ProductDecision {
    let Verdict { violations, waits } = verdict;
    let effective = case.is_effective();
    let outcome = match (effective, &case.before, &case.after) {
        (false, ..) | (true, None, None) => Outcome::Unchanged,
        (true, ..) if !violations.is_empty() => Outcome::Failed,
        (true, ..) if waits => Outcome::Waitlisted,
        (true, None, Some(_)) => Outcome::Assigned,
        (true, Some(_), Some(_)) => Outcome::Updated,
        (true, Some(_), None) => Outcome::Revoked,
    };
    let before = case.before.cloned();
    let mut warnings = Vec::new();
    if outcome == Outcome::Assigned {
        if seats == Some(SeatState::Free { in_grace: true }) {
            warnings.push(Warning::SeatInGrace);
        }
        if !case.left_off.is_empty() {
            warnings.push(Warning::PlanLeftOff {
                plans: case.left_off,
            });
        }
    }
    ProductDecision {
        product: case.product,
        outcome,
        after: match outcome {
            Outcome::Failed | Outcome::Waitlisted => before.clone(),
            Outcome::Assigned | Outcome::Updated | Outcome::Revoked | Outcome::Unchanged => {
                case.after
            }
        },
        before,
        violations,
        warnings,
    }
}

/// What is held once the decisions are applied to `held`, ascending by product.
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
