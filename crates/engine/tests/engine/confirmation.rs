use seatkeeper_domain::{ProductId, UserState, ViolationType};
use seatkeeper_engine::{ListBatchResults, ResultFilter, Selector};

use crate::fixture::Fixture;
use crate::stores::on_every_store;

async fn pages(fixture: &Fixture, filter: &ResultFilter, limit: usize) -> Vec<String> {
    let (_, batch) = fixture
        .run(fixture.request(&["suite", "addon"], &[]), Selector::All)
        .await;
    let mut names = Vec::new();
    let mut after = 0;
    loop {
        let list = ListBatchResults {
            customer: fixture.customer.clone(),
            batch: batch.id.clone(),
            filter: filter.clone(),
            include_current_licenses: true,
            after,
            limit,
        };
        let page = fixture.engine.list_batch_results(&list).await.unwrap();
        let current = page.current.unwrap().licenses;
        assert_eq!(current.len(), page.results.len());
        for (held, result) in current.iter().zip(&page.results) {
            let failed = result.get().decision.has_failures();
            assert_eq!(held.len(), if failed { 0 } else { 2 });
        }
        assert!(page.results.len() <= limit);
        names.extend(
            page.results
                .iter()
                .map(|result| result.get().member.user_id.to_string()),
        );
        after = page.after;
        if !page.more {
            return names;
        }
    }
}

async fn some_fail(fixture: &Fixture) {
    fixture.add_users(6).await;
    fixture
        .add(vec![
            ("raj", "IN", UserState::Active),
            ("bo", "", UserState::Active),
        ])
        .await;
    fixture.buy("suite", 20).await;
    fixture.buy("addon", 20).await;
}

on_every_store! {
    async fn the_confirmation_pages_through_every_result(fixture: Fixture) {
        some_fail(&fixture).await;
        let names = pages(&fixture, &ResultFilter::default(), 3).await;
        assert_eq!(names, ["u1", "u2", "u3", "u4", "u5", "u6", "raj", "bo"]);
    }

    async fn the_confirmation_lists_the_failed_alone(fixture: Fixture) {
        some_fail(&fixture).await;
        let filter = ResultFilter { failed_only: true, ..ResultFilter::default() };
        assert_eq!(pages(&fixture, &filter, 1).await, ["raj", "bo"]);
    }

    async fn the_confirmation_lists_by_violation_and_product(fixture: Fixture) {
        some_fail(&fixture).await;
        let filter = ResultFilter {
            violation: Some(ViolationType::ProhibitedInUsageLocation),
            product: Some(ProductId::parse("addon").unwrap()),
            ..ResultFilter::default()
        };
        assert_eq!(pages(&fixture, &filter, 10).await, ["raj"]);
    }
}
