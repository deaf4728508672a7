//! These tests must find mutants of the server; otherwise their success would prove nothing.

use std::time::Duration;

use seatkeeper_failpoints::{Mutant, Point};
use seatkeeper_tests::Database;

use crate::campaign::Death;
use crate::rng::{Rng, seed};
use crate::test_store::TestStore;

/// Number of server runs between two audits.
const LIVES: u32 = 6;
/// The most campaigns until a mutant must be found. A slow machine may need several.
const CAMPAIGNS_MAX: u32 = 8;
/// The shortest run of a server. Runs get longer with each campaign.
const LIFE: Duration = Duration::from_millis(300);

/// Runs campaigns with a mutant in every server, and returns the first failure.
async fn found(mutant: Mutant, database: Database, point: Option<Point>) -> Option<String> {
    let mut rng = Rng::of(seed());
    for number in 1..=CAMPAIGNS_MAX {
        let campaign = campaign(mutant, database, point, LIFE * number, rng.part());
        if let Err(error) = tokio::spawn(campaign).await {
            let said = error.into_panic().downcast::<String>();
            return Some(said.map_or_else(|_| "it failed".to_owned(), |said| *said));
        }
    }
    None
}

/// Runs servers with the mutant and audits the data.
///
/// # Panics
/// When the mutant is found.
async fn campaign(
    mutant: Mutant,
    database: Database,
    point: Option<Point>,
    life: Duration,
    mut rng: Rng,
) {
    let test_store = TestStore::populate(database, |launch| {
        launch.with("SEATKEEPER_MUTANT", mutant.name())
    })
    .await;
    for _ in 0..LIVES {
        let death = match point {
            Some(point) => Death::At(point, rng.between(3, 20)),
            None => Death::Killed(life),
        };
        test_store.live(death, &mut rng).await;
    }
    test_store.audit().await;
}

/// Defines a test per mutant. Servers abort at the failpoint that reveals the mutant best.
macro_rules! each_is_found {
    ($($name:ident: $mutant:ident on $database:ident at $point:expr,)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let found = found(Mutant::$mutant, Database::$database, $point).await;
            let found = found.expect("the mutant survived");
            eprintln!("{} was found: {found}", Mutant::$mutant.name());
        }
    )+};
}

each_is_found! {
    an_answer_before_its_commit: EarlyAnswer on Sqlite at Some(Point::CountersSaved),
    a_counter_apart: NonAtomicCounter on Sqlite at Some(Point::Committed),
    a_cursor_apart: NonAtomicCursor on Postgres at Some(Point::Committed),
    a_request_recorded_apart: NonAtomicRequestId on Sqlite at Some(Point::IdempotencyInsertBegun),
    a_stream_resumed_one_too_far: ResumeOffByOne on Postgres at None,
    seats_kept_by_batches_that_ended: LeakedReservation on Sqlite at None,
    batches_left_lying: MissedRecovery on Sqlite at None,
    a_gap_in_the_journal: JournalGap on Sqlite at None,
    seats_sold_twice: UncheckedSeats on Postgres at None,
}
