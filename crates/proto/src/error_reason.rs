use crate::v1::ErrorReason;

/// The `domain` of every `google.rpc.ErrorInfo` that Seatkeeper sends.
pub const ERROR_DOMAIN: &str = "seatkeeper";

const PREFIX: &str = "ERROR_REASON_";

impl ErrorReason {
    /// The `reason` of an `ErrorInfo`: the value's name without the enum's prefix.
    #[must_use]
    pub fn reason(self) -> &'static str {
        let name = self.as_str_name();
        name.strip_prefix(PREFIX).unwrap_or(name)
    }

    /// The value of an `ErrorInfo`'s `reason`; `None` for a reason that this version does not know.
    #[must_use]
    pub fn from_reason(reason: &str) -> Option<Self> {
        Self::from_str_name(&format!("{PREFIX}{reason}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_has_no_prefix_and_reads_back() {
        let reason = ErrorReason::SeatsShort.reason();
        assert_eq!(reason, "SEATS_SHORT");
        assert_eq!(
            ErrorReason::from_reason(reason),
            Some(ErrorReason::SeatsShort)
        );
    }

    #[test]
    fn an_unknown_reason_is_distinguished() {
        assert_eq!(ErrorReason::from_reason("WEATHER"), None);
        assert_eq!(ErrorReason::from_reason("ERROR_REASON_SEATS_SHORT"), None);
    }
}
