use crate::{AppliesTo, CompiledCatalog, UserFacts, UserState, Violation};

use super::pools::SeatState;
use super::product_change::ProductChange;

/// Violations of one product that do not depend on the other changes: state of the user,
/// entitlement, and location.
pub(super) fn user_violations(
    catalog: &CompiledCatalog,
    facts: UserFacts,
    change: &ProductChange<'_>,
    seats: Option<SeatState>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !change.is_assignment() && change.gained.is_empty() {
        return violations;
    }
    if facts.state == UserState::Blocked {
        violations.push(Violation::UserBlocked);
    }
    if change.is_assignment() {
        violations.extend(entitlement_violation(seats));
        let product = catalog.product(change.product);
        if change.retired {
            violations.push(Violation::ProductRetired);
        }
        if product.is_some_and(|product| product.applies_to == AppliesTo::Company) {
            violations.push(Violation::NotAssignableToUser);
        }
    }
    location_violations(catalog, facts, change, &mut violations);
    violations
}

/// The violation if no seat is left for a new assignment; `None` if no unit of the entitlement is
/// assignable.
pub(super) fn seat_violation(
    change: &ProductChange<'_>,
    seats: Option<SeatState>,
) -> Option<Violation> {
    match seats {
        Some(SeatState::Exhausted { available }) if change.is_assignment() => {
            Some(Violation::SeatsExhausted { available })
        }
        _ => None,
    }
}

/// Whether a new assignment has no seat now but could get one later, because the customer is
/// entitled.
pub(super) fn lacks_seat(change: &ProductChange<'_>, seats: Option<SeatState>) -> bool {
    match seats {
        Some(SeatState::Exhausted { .. } | SeatState::Suspended) => change.is_assignment(),
        Some(SeatState::Free { .. } | SeatState::NotEntitled) | None => false,
    }
}

fn entitlement_violation(seats: Option<SeatState>) -> Option<Violation> {
    match seats {
        Some(SeatState::NotEntitled) => Some(Violation::NotEntitled),
        Some(SeatState::Suspended) => Some(Violation::EntitlementSuspended),
        Some(SeatState::Exhausted { .. } | SeatState::Free { .. }) | None => None,
    }
}

fn location_violations(
    catalog: &CompiledCatalog,
    facts: UserFacts,
    change: &ProductChange<'_>,
    violations: &mut Vec<Violation>,
) {
    let Some(location) = facts.usage_location else {
        violations.push(Violation::UsageLocationMissing);
        return;
    };
    let Some(prohibited) = catalog.locations().prohibited_in(location) else {
        return;
    };
    let at_location = |plan| Violation::ProhibitedInUsageLocation { location, plan };
    if change.is_assignment() && prohibited.products.contains(&change.product) {
        violations.push(at_location(None));
    }
    violations.extend(
        change
            .gained
            .common(&prohibited.plans)
            .map(|plan| at_location(Some(plan))),
    );
}
