use seatkeeper_proto::v1::{Outcome, ViolationType, batch};

const VIOLATION_PREFIX: &str = "VIOLATION_TYPE_";

/// A violation's name as people and `--violation` know it, as in `SEATS_EXHAUSTED`.
pub(in crate::commands) fn violation_name(violation: ViolationType) -> &'static str {
    let name = violation.as_str_name();
    name.strip_prefix(VIOLATION_PREFIX).unwrap_or(name)
}

/// Parses a violation of the command line, in any case and with dashes too.
pub(in crate::commands) fn parse_violation(given: &str) -> Result<ViolationType, String> {
    let name = given.to_uppercase().replace('-', "_");
    ViolationType::from_str_name(&format!("{VIOLATION_PREFIX}{name}"))
        .filter(|violation| *violation != ViolationType::Unspecified)
        .ok_or_else(|| "give a violation such as SEATS_EXHAUSTED".to_owned())
}

/// An outcome as a word.
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

/// What a violation means, in a few words.
pub(super) fn meaning(violation: ViolationType) -> &'static str {
    match violation {
        ViolationType::Unspecified => "",
        ViolationType::UserNotFound => "no such user",
        ViolationType::UserBlocked => "a blocked user can't gain licenses",
        ViolationType::NotEntitled => "no seat of the product was ever bought",
        ViolationType::EntitlementSuspended => "no seat of the product is assignable now",
        ViolationType::NotAssignableToUser => "the product belongs to the whole company",
        ViolationType::UsageLocationMissing => "nobody said where the user is",
        ViolationType::ProhibitedInUsageLocation => "not available where the user is",
        ViolationType::MutuallyExclusive => "two plans or products exclude one another",
        ViolationType::DependencyMissing => "a plan would lack what it needs",
        ViolationType::SeatsExhausted => "no seat is left",
        ViolationType::OtherChangeFailed => "fine, but another product of the user failed",
        ViolationType::OtherUserFailed => "fine, but another user failed",
        ViolationType::Cancelled => "the batch was cancelled before this user",
        ViolationType::ChangedSince => "changed since the batch that is reverted",
        ViolationType::ProductRetired => "the catalog no longer has the product",
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
