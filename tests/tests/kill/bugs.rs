//! Bugs that are planted must be found by the tests here: otherwise these would prove nothing.

use std::time::Duration;

use seatkeeper_fault::{Bug, Point};
use seatkeeper_tests::Database;

use crate::campaign::Death;
use crate::chance::{Chance, seed};
use crate::stage::Stage;

/// Lives between two audits.
const LIVES: u32 = 6;
/// Campaigns in which a bug must show: a slow machine may need more than one.
const CAMPAIGNS_MAX: u32 = 8;
/// The shortest life. It gets longer from campaign to campaign.
const LIFE: Duration = Duration::from_millis(300);

/// Runs campaigns with a bug in every server, and gives what the first of them says of it.
async fn found(bug: Bug, database: Database, point: Option<Point>) -> Option<String> {
    let mut chance = Chance::of(seed());
    for number in 1..=CAMPAIGNS_MAX {
        let campaign = campaign(bug, database, point, LIFE * number, chance.part());
        if let Err(error) = tokio::spawn(campaign).await {
            let said = error.into_panic().downcast::<String>();
            return Some(said.map_or_else(|_| "it failed".to_owned(), |said| *said));
        }
    }
    None
}

/// # Panics
/// When the bug shows.
async fn campaign(
    bug: Bug,
    database: Database,
    point: Option<Point>,
    life: Duration,
    mut chance: Chance,
) {
    let stage = Stage::furnish(database, |launch| {
        launch.with("SEATKEEPER_PLANTED_BUG", bug.name())
    })
    .await;
    for _ in 0..LIVES {
        let death = match point {
            Some(point) => Death::At(point, chance.between(3, 20)),
            None => Death::Killed(life),
        };
        stage.live(death, &mut chance).await;
    }
    stage.audit().await;
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
