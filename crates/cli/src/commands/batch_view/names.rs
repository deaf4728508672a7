use seatkeeper_proto::v1::{Outcome, ViolationType, batch};

const VIOLATION_PREFIX: &str = "VIOLATION_TYPE_";

/// A violation's name as in `--violation` and in tables, such as `SEATS_EXHAUSTED`.
pub(in crate::commands) fn violation_name(violation: ViolationType) -> &'static str {
    let name = violation.as_str_name();
    name.strip_prefix(VIOLATION_PREFIX).unwrap_or(name)
}

/// Parses a violation of the command line; accepts any case, and dashes for underscores.
pub(in crate::commands) fn parse_violation(given: &str) -> Result<ViolationType, String> {
    let name = given.to_uppercase().replace('-', "_");
    ViolationType::from_str_name(&format!("{VIOLATION_PREFIX}{name}"))
        .filter(|violation| *violation != ViolationType::Unspecified)
        .ok_or_else(|| "unknown violation; use a name such as SEATS_EXHAUSTED".to_owned())
}

/// An outcome as a word for tables.
pub(in crate::commands) fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Unspecified => "unknown",
        Outcome::Assigned => "assigned",
        Outcome::Updated => "updated",
        Outcome::Revoked => "revoked",
        Outcome::Unchanged => "unchanged",
        Outcome::Failed => "failed",
        Outcome::Waitlisted => "waitlisted",
    }
}

/// A batch's state as a word.
pub(in crate::commands) fn state_name(state: batch::State) -> &'static str {
    match state {
        batch::State::Unspecified => "unknown",
        batch::State::Pending => "pending",
        batch::State::Running => "running",
        batch::State::Succeeded => "finished",
        batch::State::Cancelled => "cancelled",
        batch::State::Failed => "failed",
    }
}

/// A short description of a violation.
pub(super) fn meaning(violation: ViolationType) -> &'static str {
    match violation {
        ViolationType::Unspecified => "",
        ViolationType::UserNotFound => "no such user",
        ViolationType::UserBlocked => "a blocked user can't gain licenses",
        ViolationType::NotEntitled => "the customer never bought seats of the product",
        ViolationType::EntitlementSuspended => "no seat of the product is assignable now",
        ViolationType::NotAssignableToUser => "the product belongs to the whole company",
        ViolationType::UsageLocationMissing => "the user has no usage location",
        ViolationType::ProhibitedInUsageLocation => "not available in the user's location",
        ViolationType::MutuallyExclusive => "two plans or products exclude each other",
        ViolationType::DependencyMissing => "a plan would lack another plan that it needs",
        ViolationType::SeatsExhausted => "no seat is left",
        ViolationType::OtherChangeFailed => "another product of the same user failed",
        ViolationType::OtherUserFailed => "another user of the batch failed",
        ViolationType::Cancelled => "the batch was cancelled before this user",
        ViolationType::ChangedSince => "the license changed after the batch to revert",
        ViolationType::ProductRetired => "the catalog has retired the product",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_violation_reads_back_in_any_spelling() {
        let violation = ViolationType::SeatsExhausted;
        assert_eq!(parse_violation(violation_name(violation)), Ok(violation));
        assert_eq!(parse_violation("seats-exhausted"), Ok(violation));
        assert!(parse_violation("unspecified").is_err());
    }
}
