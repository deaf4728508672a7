use std::fmt::Write as _;

use seatkeeper_proto::v1::{Outcome, UserResult};

use super::names::{outcome_name, violation_name};
use crate::client::ProductIndex;
use crate::identifier;
use crate::output::ResultSymbol;

/// Outcomes listed in the first line, in this order.
const FIRST_LINE_OUTCOMES: [Outcome; 5] = [
    Outcome::Assigned,
    Outcome::Updated,
    Outcome::Revoked,
    Outcome::Waitlisted,
    Outcome::Unchanged,
];

/// The symbol for a user's result.
pub(super) fn symbol(result: &UserResult) -> ResultSymbol {
    let has = |wanted| {
        result
            .license_results
            .iter()
            .any(|one| one.outcome() == wanted)
    };
    if has(Outcome::Failed) {
        ResultSymbol::Failed
    } else if result
        .license_results
        .iter()
        .all(|one| one.outcome() == Outcome::Unchanged)
    {
        ResultSymbol::Nothing
    } else {
        ResultSymbol::Done
    }
}

/// One user's result for people: a line with the outcomes, and one line for each reason of a
/// failure.
pub(in crate::commands) fn describe(result: &UserResult, products: &ProductIndex) -> String {
    let user = identifier::last(&result.user);
    let mut text = format!(
        "{} {user:<24} {}",
        symbol(result).colored(),
        done(result, products)
    );
    for one in &result.license_results {
        let product = products.label(&one.product);
        for violation in &one.violations {
            let name = violation_name(violation.r#type());
            let why = without_guids(&violation.description);
            let _infallible = write!(text, "\n    {product}: {why} ({name})");
        }
        for warning in &one.warnings {
            let what = without_guids(&warning.description);
            let _infallible = write!(text, "\n    {product}: {what}");
        }
    }
    if !result.licenses.is_empty() {
        let held = result.licenses.iter().map(|license| {
            let product = products.label(&license.product);
            match license.disabled_plans.len() {
                0 => product.to_owned(),
                1 => format!("{product} (1 plan off)"),
                off => format!("{product} ({off} plans off)"),
            }
        });
        let held: Vec<_> = held.collect();
        let _infallible = write!(text, "\n    holds afterwards: {}", held.join(", "));
    }
    text
}

/// Removes the GUIDs in parentheses that follow names; the names suffice for people.
pub(in crate::commands) fn without_guids(sentence: &str) -> String {
    let mut parts = sentence.split(" (");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((inside, rest)) if identifier::is_guid(inside) => text.push_str(rest),
            _ => {
                text.push_str(" (");
                text.push_str(part);
            }
        }
    }
    text
}

fn done(result: &UserResult, products: &ProductIndex) -> String {
    let mut parts = Vec::new();
    for outcome in FIRST_LINE_OUTCOMES {
        let same = result.license_results.iter();
        let same = same.filter(|one| one.outcome() == outcome);
        let labels: Vec<_> = same.map(|one| products.label(&one.product)).collect();
        if !labels.is_empty() {
            parts.push(format!("{} {}", outcome_name(outcome), labels.join(", ")));
        }
    }
    if parts.is_empty() {
        return "no change".to_owned();
    }
    parts.join("; ")
}

#[cfg(test)]
mod tests {
    use seatkeeper_proto::v1::{LicenseResult, Violation, ViolationType};

    use super::*;

    fn result(outcomes: &[(&str, Outcome)]) -> UserResult {
        let license_results = outcomes.iter().map(|(product, outcome)| LicenseResult {
            product: identifier::product(product),
            outcome: (*outcome).into(),
            ..LicenseResult::default()
        });
        UserResult {
            user: "customers/contoso/users/ann".to_owned(),
            license_results: license_results.collect(),
            ..UserResult::default()
        }
    }

    #[test]
    fn a_failure_reports_completed_changes_and_reasons_for_the_rest() {
        let mut result = result(&[("p1", Outcome::Assigned), ("p2", Outcome::Failed)]);
        result.license_results[1].violations.push(Violation {
            r#type: ViolationType::SeatsExhausted.into(),
            description: "no seat is left".to_owned(),
            ..Violation::default()
        });
        let text = describe(&result, &ProductIndex::default());
        let lines: Vec<_> = text.lines().collect();
        assert!(
            lines[0].contains("ann") && lines[0].contains("assigned p1"),
            "{text}"
        );
        assert_eq!(lines[1], "    p2: no seat is left (SEATS_EXHAUSTED)");
        assert_eq!(symbol(&result), ResultSymbol::Failed);
    }

    #[test]
    fn guids_behind_names_are_left_out_and_nothing_else() {
        let guid = "6fd2c87f-b296-42f0-b197-1e91e994b900";
        let sentence = format!("SharePoint (Plan 2) ({guid}) of E3 ({guid}) is not there (yet)");
        let expected = "SharePoint (Plan 2) of E3 is not there (yet)";
        assert_eq!(without_guids(&sentence), expected);
    }

    #[test]
    fn a_user_with_nothing_to_do_is_neither_done_nor_failed() {
        let result = result(&[("p1", Outcome::Unchanged)]);
        assert_eq!(symbol(&result), ResultSymbol::Nothing);
    }
}
