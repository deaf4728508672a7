//! Bugs that are planted must be found by the tests here: otherwise these would prove nothing.

use std::time::Duration;

use seatkeeper_fault::{Bug, Point};
use seatkeeper_tests::Database;

use crate::campaign::Death;
use crate::chance::{Chance, seed};
use crate::stage::Stage;

/// Lives in which a bug must show.
const LIVES: usize = 6;

/// Runs a campaign with a bug in every server, and gives what the campaign says of it.
async fn found(bug: Bug, database: Database, point: Option<Point>) -> Option<String> {
    let hunt = tokio::spawn(async move {
        let mut chance = Chance::of(seed());
        let stage = Stage::furnish(database, |launch| {
            launch.with("SEATKEEPER_PLANTED_BUG", bug.name())
        })
        .await;
        for _ in 0..LIVES {
            let death = match point {
                Some(point) => Death::At(point, chance.between(3, 20)),
                None => Death::Killed(Duration::from_millis(300)),
            };
            stage.live(death, &mut chance).await;
        }
        stage.audit().await;
    });
    let panic = hunt.await.err()?.into_panic();
    let said = panic.downcast::<String>().map(|said| *said);
    Some(said.unwrap_or_else(|_| "it failed".to_owned()))
}

/// A test for each bug, with the point at which servers die that have it, where it shows best.
macro_rules! each_is_found {
    ($($name:ident: $bug:ident on $database:ident at $point:expr,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let found = found(Bug::$bug, Database::$database, $point).await;
            let found = found.expect("the bug was not found");
            eprintln!("{} was found: {found}", Bug::$bug.name());
        }
    )+};
}

each_is_found! {
    an_answer_before_its_commit: EarlyAnswer on Sqlite at Some(Point::CountersSaved),
    a_counter_apart: CounterApart on Sqlite at Some(Point::Committed),
    a_cursor_apart: CursorApart on Postgres at Some(Point::Committed),
    a_request_remembered_apart: RequestApart on Sqlite at Some(Point::RequestBegun),
    a_stream_resumed_one_too_far: ResumeOffByOne on Postgres at None,
    seats_kept_by_batches_that_ended: ReservationKept on Sqlite at None,
    batches_left_lying: RecoveryForgets on Sqlite at None,
    a_gap_in_the_journal: JournalGap on Sqlite at None,
    seats_sold_twice: UncheckedSeats on Postgres at None,
}
