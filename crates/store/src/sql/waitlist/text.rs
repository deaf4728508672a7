//! The stored form of a waiting change: items separated by semicolons. `s3=1 5` assigns product 3,
//! which needs a seat, with plans 1 and 5 disabled. `u3=1` assigns it without needing a seat. A
//! capital letter keeps the user's current plans. `r4` revokes product 4. Assigned products come
//! first; each kind is in the caller's order.

use std::fmt::Write as _;

use seatkeeper_domain::{Assignment, Change, PlanPolicy, ProductKey, WaitingChange};

use crate::sql::holdings::{parse_plans, plans_text};

pub(super) fn of(waiting: &WaitingChange) -> String {
    let mut text = String::new();
    for assignment in &waiting.change.assign {
        let needs_seat = waiting.seats.contains(&assignment.product);
        let kind = match (needs_seat, assignment.plan_policy) {
            (true, PlanPolicy::Replace) => 's',
            (true, PlanPolicy::Keep) => 'S',
            (false, PlanPolicy::Replace) => 'u',
            (false, PlanPolicy::Keep) => 'U',
        };
        let plans = plans_text(&assignment.disabled_plans);
        write!(text, "{kind}{}={plans};", assignment.product.0).expect("a string grows as needed");
    }
    for product in &waiting.change.revoke {
        write!(text, "r{};", product.0).expect("a string grows as needed");
    }
    text
}

/// Parses the text of [`of`]; `None` when it is malformed.
pub(super) fn parse(text: &str) -> Option<WaitingChange> {
    let mut waiting = WaitingChange {
        change: Change {
            assign: Vec::new(),
            revoke: Vec::new(),
        },
        seats: Vec::new(),
    };
    for item in text.split_terminator(';') {
        let kind = item.chars().next()?;
        let item = &item[kind.len_utf8()..];
        if kind == 'r' {
            waiting.change.revoke.push(ProductKey(item.parse().ok()?));
            continue;
        }
        let (product, plans) = item.split_once('=')?;
        let product = ProductKey(product.parse().ok()?);
        if matches!(kind, 's' | 'S') {
            waiting.seats.push(product);
        }
        waiting.change.assign.push(Assignment {
            product,
            disabled_plans: parse_plans(plans)?,
            plan_policy: match kind {
                's' | 'u' => PlanPolicy::Replace,
                'S' | 'U' => PlanPolicy::Keep,
                _ => return None,
            },
        });
    }
    waiting.seats.sort_unstable();
    Some(waiting)
}

#[cfg(test)]
mod tests {
    use seatkeeper_domain::PlanKey;

    use super::*;

    fn assignment(product: u32, off: &[u32], plan_policy: PlanPolicy) -> Assignment {
        Assignment {
            product: ProductKey(product),
            disabled_plans: off.iter().copied().map(PlanKey).collect(),
            plan_policy,
        }
    }

    #[test]
    fn a_waiting_change_reads_back() {
        let waiting = WaitingChange {
            change: Change {
                assign: vec![
                    assignment(9, &[1, 64], PlanPolicy::Replace),
                    assignment(3, &[], PlanPolicy::Keep),
                    assignment(4, &[2], PlanPolicy::Replace),
                    assignment(5, &[], PlanPolicy::Keep),
                ],
                revoke: vec![ProductKey(7), ProductKey(6)],
            },
            seats: vec![ProductKey(3), ProductKey(9)],
        };
        let text = of(&waiting);
        assert_eq!(text, "s9=1 64;S3=;u4=2;U5=;r7;r6;");
        assert_eq!(parse(&text), Some(waiting));
    }

    #[test]
    fn a_malformed_waiting_change_is_refused() {
        for text in [";", "x1=", "s", "s1", "sa=", "s1=a", "r", "r1=", "é1="] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
