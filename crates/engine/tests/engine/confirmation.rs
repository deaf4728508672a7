use seatkeeper_domain::{ProductId, UserState, ViolationType};
use seatkeeper_engine::{ListBatchResults, ResultFilter, Selector};

use crate::stores::on_every_store;
use crate::world::World;

async fn pages(world: &World, filter: &ResultFilter, limit: usize) -> Vec<String> {
    let (_, batch) = world
        .run(world.request(&["suite", "addon"], &[]), Selector::All)
        .await;
    let mut names = Vec::new();
    let mut after = 0;
    loop {
        let list = ListBatchResults {
            customer: world.customer.clone(),
            batch: batch.id.clone(),
            filter: filter.clone(),
            include_current_licenses: true,
            after,
            limit,
        };
        let page = world.engine.list_batch_results(&list).await.unwrap();
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

async fn some_fail(world: &World) {
    world.add_users(6).await;
    world
        .add(vec![
            ("raj", "IN", UserState::Active),
            ("bo", "", UserState::Active),
        ])
        .await;
    world.buy("suite", 20).await;
    world.buy("addon", 20).await;
}

on_every_store! {
    async fn the_confirmation_pages_through_every_result(world: World) {
        some_fail(&world).await;
        let names = pages(&world, &ResultFilter::default(), 3).await;
        assert_eq!(names, ["u1", "u2", "u3", "u4", "u5", "u6", "raj", "bo"]);
    }

    async fn the_confirmation_lists_the_failed_alone(world: World) {
        some_fail(&world).await;
        let filter = ResultFilter { failed_only: true, ..ResultFilter::default() };
        assert_eq!(pages(&world, &filter, 1).await, ["raj", "bo"]);
    }

    async fn the_confirmation_lists_by_violation_and_product(world: World) {
        some_fail(&world).await;
        let filter = ResultFilter {
            violation: Some(ViolationType::ProhibitedInUsageLocation),
            product: Some(ProductId::parse("addon").unwrap()),
            ..ResultFilter::default()
        };
        assert_eq!(pages(&world, &filter, 10).await, ["raj"]);
    }
}
