use seatkeeper_domain::{BatchMode, ChangeErrorReason, ProductId, UserFilter};
use seatkeeper_engine::{EngineError, InvalidKind, LimitKind, Selector};

use crate::fixture::{Fixture, users};
use crate::stores::on_every_store;

async fn refusal(fixture: &Fixture, assign: &[&str], selector: Selector) -> EngineError {
    let error = fixture
        .start(fixture.request(assign, &[]), selector)
        .await
        .unwrap_err();
    let batches = fixture
        .engine
        .list_batches(&fixture.customer, None, 10)
        .await
        .unwrap();
    assert_eq!(batches.total, 0, "a rejected batch leaves no data");
    error
}

on_every_store! {
    async fn a_filter_without_matches_is_an_empty_selection(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 2).await;
        let filter: UserFilter<ProductId> =
            UserFilter::parse("department = \"Nowhere\"").unwrap().unwrap();
        let error = refusal(&fixture, &["suite"], Selector::Filter(filter)).await;
        let EngineError::Invalid(invalid) = error else { panic!("{error}") };
        assert_eq!(invalid[0].kind, InvalidKind::EmptySelection);
    }

    async fn an_empty_list_is_an_empty_selection(fixture: Fixture) {
        let error = refusal(&fixture, &["suite"], users(&[])).await;
        let EngineError::Invalid(invalid) = error else { panic!("{error}") };
        assert_eq!(invalid[0].kind, InvalidKind::EmptySelection);
    }

    async fn an_unknown_product_is_named(fixture: Fixture) {
        fixture.add_users(1).await;
        let error = refusal(&fixture, &["nonesuch"], Selector::All).await;
        let EngineError::InvalidChange(violations) = error else { panic!("{error}") };
        assert_eq!(violations[0].reason, ChangeErrorReason::UnknownProduct);
    }

    async fn too_many_users_are_refused_up_front(fixture: Fixture) {
        fixture.add_users(101).await;
        fixture.buy("suite", 200).await;
        let error = refusal(&fixture, &["suite"], Selector::All).await;
        let EngineError::Limit { kind: LimitKind::BatchUsers, max: 100, .. } = error else {
            panic!("{error}")
        };
    }

    async fn too_many_users_for_all_or_nothing_are_refused_up_front(fixture: Fixture) {
        fixture.add_users(51).await;
        fixture.buy("suite", 200).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.mode = BatchMode::AllOrNothing;
        let error = fixture.start(request, Selector::All).await.unwrap_err();
        let EngineError::Limit { kind: LimitKind::AllOrNothingUsers, max: 50, .. } = error else {
            panic!("{error}")
        };
        assert!(fixture.holdings().await.is_empty());
    }

    async fn a_customer_that_does_not_exist_is_named(fixture: Fixture) {
        let mut request = fixture.request(&["suite"], &[]);
        request.customer = seatkeeper_domain::CustomerId::parse("nobody").unwrap();
        let error = fixture.start(request, Selector::All).await.unwrap_err();
        let EngineError::NotFound(resource) = error else { panic!("{error}") };
        assert_eq!(resource.name, "customers/nobody");
    }
}
