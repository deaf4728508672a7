use seatkeeper_proto::v1::{Batch, BatchSummary, Outcome, batch};

use super::names::{meaning, outcome_name, violation_name};
use crate::client::ProductIndex;
use crate::output::{Output, count, number_of, strong, table};
use crate::status::report_of_rpc;
use crate::{Exit, identifier};

/// The exit status for a finished batch.
pub(super) fn exit_of(batch: &Batch, summary: &BatchSummary) -> Exit {
    let done = summary.outcome_counts.iter();
    let done = done.filter(|one| one.outcome() != Outcome::Failed);
    let exit = Exit::of_counts(
        summary.failed_user_count,
        done.map(|one| one.license_count).sum(),
    );
    if batch.state() == batch::State::Failed || batch.user_stream_interrupted {
        return if exit == Exit::Success {
            Exit::Partial
        } else {
            exit
        };
    }
    exit
}

/// Prints the confirmation: users, outcomes, violations, and the seats left.
pub(in crate::commands) fn print_summary(
    batch: &Batch,
    summary: &BatchSummary,
    products: &ProductIndex,
    out: &mut Output,
) {
    let users =
        summary.succeeded_user_count + summary.unchanged_user_count + summary.failed_user_count;
    out.print(format_args!(
        "{}: {} succeeded, {} unchanged, {} failed",
        strong(number_of(users, "user")),
        strong(count(summary.succeeded_user_count)),
        count(summary.unchanged_user_count),
        strong(count(summary.failed_user_count)),
    ));
    print_state(batch, out);
    let rows = summary.outcome_counts.iter().map(|one| {
        let outcome = outcome_name(one.outcome()).to_owned();
        [outcome, count(one.license_count)]
    });
    out.print("");
    out.print(table(["outcome", "#licenses"], rows).trim_fmt());
    if !summary.violation_counts.is_empty() {
        let rows = summary.violation_counts.iter().map(|one| {
            let violation = one.violation_type();
            [
                violation_name(violation).to_owned(),
                count(one.license_count),
                meaning(violation).to_owned(),
            ]
        });
        out.print("");
        out.print(table(["violation", "#licenses", "meaning"], rows).trim_fmt());
    }
    print_seats(summary, products, out);
}

fn print_seats(summary: &BatchSummary, products: &ProductIndex, out: &mut Output) {
    if !summary.seats_bought.is_empty() {
        let rows = summary.seats_bought.iter().map(|one| {
            [
                products.label(&one.product).to_owned(),
                products.display_name(&one.product).to_owned(),
                count(one.seat_count),
            ]
        });
        out.print("");
        out.print(table(["product", "name", "#seats bought"], rows).trim_fmt());
    }
    if !summary.seats_left.is_empty() {
        let rows = summary.seats_left.iter().map(|one| {
            [
                products.label(&one.product).to_owned(),
                products.display_name(&one.product).to_owned(),
                count(one.available_count),
                one.buy_more_uri.clone(),
            ]
        });
        out.print("");
        out.print(table(["product", "name", "#seats left", ""], rows).trim_fmt());
    }
}

fn print_state(batch: &Batch, out: &mut Output) {
    if batch.validate_only {
        out.print("dry run: nothing was written");
    }
    if batch.state() == batch::State::Cancelled {
        out.print("the batch was cancelled; changes made before the cancellation remain");
    }
    if batch.user_stream_interrupted {
        out.print("the user stream was interrupted; only the users received were processed");
    }
    if let Some(error) = &batch.error {
        out.print(format_args!(
            "the batch stopped with an error: {}",
            report_of_rpc(error)
        ));
    }
}

/// Prints the command that lists all failures of a batch.
pub(super) fn print_failures_hint(batch: &Batch, left_out: usize, out: &mut Output) {
    if left_out == 0 || batch.name.is_empty() {
        return;
    }
    let customer = batch.name.split('/').nth(1).unwrap_or_default();
    out.print(format_args!(
        "\n{} failures are not shown; to list all: seatkeeper batches results {} --customer {customer} --failed",
        count(left_out.try_into().unwrap_or(i64::MAX)),
        identifier::last(&batch.name),
    ));
}

#[cfg(test)]
mod tests {
    use seatkeeper_proto::v1::OutcomeCount;

    use super::*;

    fn summary(failed_users: i64, assigned: i64) -> BatchSummary {
        BatchSummary {
            failed_user_count: failed_users,
            outcome_counts: vec![OutcomeCount {
                outcome: Outcome::Assigned.into(),
                license_count: assigned,
            }],
            ..BatchSummary::default()
        }
    }

    #[test]
    fn users_who_failed_with_one_product_and_not_with_another_are_a_partial_failure() {
        assert_eq!(exit_of(&Batch::default(), &summary(5, 5)), Exit::Partial);
        assert_eq!(exit_of(&Batch::default(), &summary(5, 0)), Exit::Failure);
    }

    #[test]
    fn a_list_cut_short_is_never_a_success() {
        let batch = Batch {
            user_stream_interrupted: true,
            ..Batch::default()
        };
        assert_eq!(exit_of(&batch, &summary(0, 5)), Exit::Partial);
    }
}
