use crate::{AppliesTo, CompiledCatalog, UserFacts, UserState, Violation};

use super::case::Case;
use super::pools::SeatState;

/// What speaks against one product of the change whatever becomes of the others: the state of
/// the user, the entitlement, and where the user is.
pub(super) fn own_violations(
    catalog: &CompiledCatalog,
    facts: UserFacts,
    case: &Case<'_>,
    seats: Option<SeatState>,
) -> Vec<Violation> {
    let mut violations = Vec::new();
    if !case.is_assignment() && case.gained.is_empty() {
        return violations;
    }
    if facts.state == UserState::Blocked {
        violations.push(Violation::UserBlocked);
    }
    if case.is_assignment() {
        violations.extend(entitlement_violation(seats));
        let product = catalog.product(case.product);
        if case.retired {
            violations.push(Violation::ProductRetired);
        }
        if product.is_some_and(|product| product.applies_to == AppliesTo::Company) {
            violations.push(Violation::NotAssignableToUser);
        }
    }
    location_violations(catalog, facts, case, &mut violations);
    violations
}

/// That no seat is left for a new assignment; silent where no entitlement is assignable.
pub(super) fn seat_violation(case: &Case<'_>, seats: Option<SeatState>) -> Option<Violation> {
    match seats {
        Some(SeatState::Exhausted { available }) if case.is_assignment() => {
            Some(Violation::SeatsExhausted { available })
        }
        _ => None,
    }
}

/// Whether a new assignment has no seat now and could have one later: the customer is entitled.
pub(super) fn lacks_seat(case: &Case<'_>, seats: Option<SeatState>) -> bool {
    match seats {
        Some(SeatState::Exhausted { .. } | SeatState::Suspended) => case.is_assignment(),
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
    case: &Case<'_>,
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
    if case.is_assignment() && prohibited.products.contains(&case.product) {
        violations.push(at_location(None));
    }
    violations.extend(
        case.gained
            .common(&prohibited.plans)
            .map(|plan| at_location(Some(plan))),
    );
}
