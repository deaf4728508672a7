use std::fmt::Write as _;

use seatkeeper_proto::v1::journal_entry::Effect;
use seatkeeper_proto::v1::resources_changed::Kind;
use seatkeeper_proto::v1::{JournalEntry, LicenseChange, LicensesChanged};

use crate::client::ProductIndex;
use crate::commands::batch_view::{outcome_name, state_name};
use crate::identifier;
use crate::output::{Output, count, number_of, sparse_json};

/// Shows one entry, or one part of a large entry.
pub(super) fn show(entry: &JournalEntry, products: &ProductIndex, out: &mut Output) {
    if out.is_json() {
        out.object(&sparse_json("JournalEntry", entry));
    } else {
        out.print(describe(entry, products));
    }
}

/// An entry for people: a line with its principal and effect, and one line per license or resource.
fn describe(entry: &JournalEntry, products: &ProductIndex) -> String {
    let time = entry.commit_time.as_ref();
    let time = time.map(ToString::to_string).unwrap_or_default();
    let mut text = format!("{:>6} {time} {}: ", entry.sequence_number, entry.principal);
    let _infallible = match &entry.effect {
        Some(Effect::LicensesChanged(changed)) => write_licenses(&mut text, changed, products),
        Some(Effect::PurchaseChanged(changed)) => {
            let product = identifier::last(&changed.entitlement);
            let name = identifier::product(product);
            let seats = changed.purchase.as_ref().map_or(0, |one| one.seat_count);
            let (seats, product) = (number_of(seats, "seat"), products.label(&name));
            write!(text, "a purchase of {product} has {seats}")
        }
        Some(Effect::BatchChanged(changed)) => {
            let batch = identifier::last(&changed.batch);
            let state = state_name(changed.state());
            write!(text, "batch {batch} is {state}")
        }
        Some(Effect::ResourcesChanged(changed)) => {
            let what = match changed.kind() {
                Kind::Deleted => "deleted",
                Kind::Written => "written",
                Kind::Unspecified => "changed",
            };
            let count = count(changed.resource_count);
            write!(text, "{count} {what}").and_then(|()| {
                let mut resources = changed.resources.iter();
                resources.try_for_each(|name| write!(text, "\n         {name}"))
            })
        }
        None => text.write_str("an effect unknown to this version of seatkeeper"),
    };
    if entry.part_index > 0 || !entry.last_part {
        let more = if entry.last_part {
            "the last part"
        } else {
            "more follows"
        };
        let _infallible = write!(text, "\n         (part {}, {more})", entry.part_index + 1);
    }
    text
}

fn write_licenses(
    text: &mut String,
    changed: &LicensesChanged,
    products: &ProductIndex,
) -> std::fmt::Result {
    write!(
        text,
        "licenses of {} decided",
        number_of(changed.user_count, "user")
    )?;
    if !changed.batch.is_empty() {
        write!(text, " by batch {}", identifier::last(&changed.batch))?;
    }
    for change in &changed.changes {
        write!(text, "\n         {}", line(change, products))?;
    }
    Ok(())
}

fn line(change: &LicenseChange, products: &ProductIndex) -> String {
    let parts: Vec<_> = change.license.split('/').collect();
    let (user, product) = match parts.as_slice() {
        [_, _, _, user, _, product] => (*user, *product),
        _ => ("", change.license.as_str()),
    };
    let name = identifier::product(product);
    let outcome = outcome_name(change.outcome());
    format!("{user} {} {outcome}", products.label(&name))
}

#[cfg(test)]
mod tests {
    use seatkeeper_proto::v1::Outcome;

    use super::*;

    #[test]
    fn an_entry_names_the_actor_and_the_changed_licenses() {
        let change = LicenseChange {
            license: "customers/c/users/ann/licenses/p1".to_owned(),
            outcome: Outcome::Revoked.into(),
            ..LicenseChange::default()
        };
        let changed = LicensesChanged {
            user_count: 1,
            changes: vec![change],
            ..LicensesChanged::default()
        };
        let entry = JournalEntry {
            sequence_number: 7,
            principal: "local".to_owned(),
            last_part: true,
            effect: Some(Effect::LicensesChanged(changed)),
            ..JournalEntry::default()
        };
        let text = describe(&entry, &ProductIndex::default());
        assert!(text.contains("local: licenses of 1 user decided"), "{text}");
        assert!(text.ends_with("ann p1 revoked"), "{text}");
    }
}
