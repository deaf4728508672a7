use seatkeeper_domain::{Outcome, Principal, ShortagePolicy, ViolationType};
use seatkeeper_engine::{EngineError, Selector};

use crate::fixture::{CHUNK, outcomes, read_to_end, users};
use crate::stores::on_every_store;

on_every_store! {
    async fn seats_go_to_the_first_in_the_callers_order(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 2).await;
        let (results, batch) = fixture.assign("suite", users(&["u3", "u1", "u2"])).await;
        let expected =
            [("u3", Outcome::Assigned), ("u1", Outcome::Assigned), ("u2", Outcome::Failed)];
        assert_eq!(outcomes(&results), expected);
        assert_eq!(results[2].products[0].2, [ViolationType::SeatsExhausted]);
        assert_eq!(batch.seats_left.first().map(|left| left.1), Some(0));
    }

    async fn seats_run_out_across_chunks_without_overselling(fixture: Fixture) {
        fixture.add_users(3 * CHUNK).await;
        let seats = i64::try_from(CHUNK + 1).unwrap();
        fixture.buy("suite", seats).await;
        let (_, batch) = fixture.assign("suite", Selector::All).await;
        assert_eq!(batch.counts.assigned, seats);
        let entitlement = fixture.entitlement("suite").await;
        assert_eq!((entitlement.entitlement.assigned, entitlement.available()), (seats, 0));
    }

    async fn require_all_refuses_before_anything_is_written(fixture: Fixture) {
        fixture.add_users(3 * CHUNK).await;
        fixture.buy("suite", 5).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.shortage = ShortagePolicy::RequireAll;
        let error = fixture.start(request, Selector::All).await.unwrap_err();
        let EngineError::SeatsShort(shortages) = error else { panic!("{error}") };
        assert_eq!((shortages[0].needed, shortages[0].short()), (12, 7));
        assert!(fixture.holdings().await.is_empty());
        let batches = fixture.engine.list_batches(&fixture.customer, None, 10).await.unwrap();
        assert_eq!(batches.total, 0);
        assert_eq!(fixture.entitlement("suite").await.entitlement.reserved, 0);
    }

    async fn require_all_counts_only_users_who_need_a_seat(fixture: Fixture) {
        fixture.add_users(2 * CHUNK).await;
        fixture.buy("suite", i64::try_from(2 * CHUNK).unwrap()).await;
        fixture.assign("suite", users(&["u1", "u2", "u3", "u4", "u5", "u6"])).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.shortage = ShortagePolicy::RequireAll;
        let (_, batch) = fixture.run(request, Selector::All).await;
        assert_eq!((batch.counts.assigned, batch.counts.unchanged), (2, 6));
    }

    async fn require_all_leaves_nothing_reserved_at_its_end(fixture: Fixture) {
        fixture.add_users(2 * CHUNK + 1).await;
        fixture.buy("suite", 20).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.shortage = ShortagePolicy::RequireAll;
        let (_, batch) = fixture.run(request, Selector::All).await;
        let entitlement = fixture.entitlement("suite").await;
        assert_eq!(entitlement.entitlement.reserved, 0);
        assert_eq!(batch.seats_left.first().map(|left| left.1), Some(entitlement.available()));
    }

    async fn a_cancelled_batch_gives_back_what_was_set_aside(fixture: Fixture) {
        fixture.add_users(90).await;
        fixture.buy("suite", 90).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.shortage = ShortagePolicy::RequireAll;
        let started = fixture.start(request, Selector::All).await.unwrap();
        let id = started.batch.id.clone();
        // More than twenty chunks remain; a fast store such as the model may still finish first.
        let cancelled = fixture.engine.cancel_batch(&fixture.customer, &id, Principal::local()).await;
        let stream = fixture.engine.follow_started(&fixture.customer, started).await.unwrap();
        let (_, batch) = read_to_end(stream).await;
        assert_eq!(batch.cancel_requested, cancelled.is_ok());
        assert_eq!(fixture.entitlement("suite").await.entitlement.reserved, 0);
    }
}
