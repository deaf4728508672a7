use prost_types::Timestamp;

/// Parses an RFC 3339 time of the command line.
pub(super) fn parse(given: &str) -> Result<Timestamp, String> {
    given
        .parse()
        .map_err(|_| "expected an RFC 3339 time such as 2030-01-01T00:00:00Z".to_owned())
}

/// A time for people; `absent` stands for `None`.
pub(super) fn or(time: Option<&Timestamp>, absent: &str) -> String {
    time.map_or_else(|| absent.to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_and_written_as_rfc_3339() {
        let time = parse("1970-01-02T00:00:00Z").unwrap();
        assert_eq!(time.seconds, 86_400);
        assert_eq!(or(Some(&time), "never"), "1970-01-02T00:00:00Z");
        assert!(parse("tomorrow").is_err());
    }

    #[test]
    fn a_time_that_is_absent_is_said_in_words() {
        assert_eq!(or(None, "never"), "never");
    }
}
