use seatkeeper_domain::{BatchMode, ShortagePolicy};
use seatkeeper_engine::{BatchRequest, DryRunEvent, EngineError, Selector};

use crate::fixture::{Fixture, ReceivedResult, received, users};
use crate::stores::on_every_store;

async fn dry_run(
    fixture: &Fixture,
    request: BatchRequest,
    selector: Selector,
) -> Vec<ReceivedResult> {
    let mut dry_run = fixture
        .engine
        .dry_run_batch(request, selector)
        .await
        .unwrap();
    let mut results = Vec::new();
    let mut finished = false;
    while let Some(event) = dry_run.next().await.unwrap() {
        match event {
            DryRunEvent::Started { .. } => assert!(results.is_empty()),
            DryRunEvent::Results(changes) => results.extend(changes.results().map(received)),
            DryRunEvent::Finished { users, .. } => {
                assert_eq!(usize::try_from(users).unwrap(), results.len());
                finished = true;
            }
        }
    }
    assert!(finished, "the last event is `Finished`");
    results
}

on_every_store! {
    async fn a_dry_run_decides_as_the_batch_then_does(fixture: Fixture) {
        fixture.add_users(13).await;
        fixture.buy("suite", 7).await;
        for mode in [BatchMode::PerUser, BatchMode::PerLicense, BatchMode::AllOrNothing] {
            let mut request = fixture.request(&["suite", "addon"], &[]);
            request.mode = mode;
            let foreseen = dry_run(&fixture, request.clone(), Selector::All).await;
            let (results, _) = fixture.run(request, Selector::All).await;
            assert_eq!(foreseen, results, "{mode:?}");
        }
    }

    async fn a_dry_run_writes_nothing(fixture: Fixture) {
        fixture.add_users(5).await;
        fixture.buy("suite", 7).await;
        dry_run(&fixture, fixture.request(&["suite"], &[]), Selector::All).await;
        assert!(fixture.holdings().await.is_empty());
        let batches = fixture.engine.list_batches(&fixture.customer, None, 10).await.unwrap();
        assert_eq!(batches.total, 0);
    }

    async fn a_dry_run_of_require_all_reports_shortages(fixture: Fixture) {
        fixture.add_users(5).await;
        fixture.buy("suite", 3).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.shortage = ShortagePolicy::RequireAll;
        let refused = fixture.engine.dry_run_batch(request, users(&["u1", "u2", "u3", "u4"])).await;
        let Err(EngineError::SeatsShort(shortages)) = refused else { panic!("not rejected") };
        assert_eq!(shortages[0].short(), 1);
    }
}
