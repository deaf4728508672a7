/// The etag of a resource's revision.
pub(crate) fn of(revision: i64) -> String {
    format!("r{revision}")
}

/// The revision that an etag requires; `None` for an empty etag. An etag that no server made maps
/// to a revision that never exists, so that it fails like an outdated one.
pub(crate) fn expected(etag: &str) -> Option<i64> {
    if etag.is_empty() {
        return None;
    }
    let revision = etag
        .strip_prefix('r')
        .and_then(|revision| revision.parse().ok());
    Some(revision.filter(|revision| *revision >= 0).unwrap_or(-1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_stands_for_its_revision() {
        assert_eq!(expected(&of(7)), Some(7));
        assert_eq!(expected(""), None);
    }

    #[test]
    fn a_foreign_etag_matches_no_revision() {
        for etag in ["7", "r", "r-7", "W/\"r7\"", "rx"] {
            assert_eq!(expected(etag), Some(-1), "{etag}");
        }
    }
}
