use seatkeeper_domain::{
    AssignmentRequest, BatchMode, ChangeRequest, Outcome, PlanPolicy, Principal, ProductId,
    ServicePlanId, UserId, ViolationType,
};
use seatkeeper_engine::{
    Batch, BatchTask, CallerId, DeleteUser, EngineError, RetryFailedBatch, RevertBatch, Selector,
};

use crate::fixture::{CHUNK, Fixture, ReceivedResult, outcomes, read_to_end, users};
use crate::stores::on_every_store;

/// Users of several chunks.
const USERS: usize = 2 * CHUNK + 1;

fn revert_of(fixture: &Fixture, batch: &Batch) -> RevertBatch {
    RevertBatch {
        customer: fixture.customer.clone(),
        batch: batch.id.clone(),
        mode: BatchMode::PerUser,
        request_id: None,
        principal: Principal::local(),
        caller: CallerId::new("test"),
    }
}

async fn revert_with(fixture: &Fixture, revert: RevertBatch) -> (Vec<ReceivedResult>, Batch) {
    let started = fixture.engine.revert_batch(revert).await.unwrap();
    let stream = fixture
        .engine
        .follow_started(&fixture.customer, started)
        .await;
    read_to_end(stream.unwrap()).await
}

async fn revert(fixture: &Fixture, batch: &Batch) -> (Vec<ReceivedResult>, Batch) {
    revert_with(fixture, revert_of(fixture, batch)).await
}

/// Swaps `suite` for `lite` for all users but the first, who has neither.
async fn swapped(fixture: &Fixture) -> (Vec<String>, Batch) {
    fixture.add_users(USERS).await;
    fixture.buy("suite", 20).await;
    fixture.buy("lite", 20).await;
    let filter = (2..=USERS)
        .map(|number| format!("u{number}"))
        .collect::<Vec<_>>();
    let names: Vec<&str> = filter.iter().map(String::as_str).collect();
    fixture.assign("suite", users(&names)).await;
    let before = fixture.holdings().await;
    let request = fixture.request(&["lite"], &["suite"]);
    let (_, batch) = fixture.run(request, users(&names)).await;
    assert_eq!(batch.counts.users_failed, 0);
    (before, batch)
}

fn violations(results: &[ReceivedResult]) -> Vec<(&str, &[ViolationType])> {
    let failed = results
        .iter()
        .filter(|result| result.products[0].1 == Outcome::Failed);
    failed
        .map(|result| (&*result.user, &*result.products[0].2))
        .collect()
}

on_every_store! {
    async fn a_revert_restores_user_by_user(fixture: Fixture) {
        let (before, batch) = swapped(&fixture).await;
        let (results, reverted) = revert(&fixture, &batch).await;
        assert_eq!(fixture.holdings().await, before);
        assert_eq!(results.len(), USERS - 1);
        let products: Vec<_> = results[0].products.iter().map(|one| (one.0, one.1)).collect();
        assert_eq!(products, [("suite", Outcome::Assigned), ("lite", Outcome::Revoked)]);
        assert_eq!(results[0].index, None);
        let BatchTask::Revert { batch: of, .. } = &reverted.spec.task else {
            panic!("the task must be a revert");
        };
        assert_eq!(*of, batch.to_ref());
        let seats = [fixture.entitlement("suite").await, fixture.entitlement("lite").await];
        assert_eq!(seats.map(|seats| seats.entitlement.assigned), [8, 0]);
    }

    async fn a_revert_needs_no_seat_to_spare(fixture: Fixture) {
        fixture.add_users(USERS).await;
        fixture.buy("suite", i64::try_from(USERS).unwrap()).await;
        fixture.buy("lite", i64::try_from(USERS).unwrap()).await;
        fixture.assign("suite", Selector::All).await;
        let request = fixture.request(&["lite"], &["suite"]);
        let (_, batch) = fixture.run(request, Selector::All).await;
        let (_, reverted) = revert(&fixture, &batch).await;
        assert_eq!(reverted.counts.users_failed, 0);
    }

    async fn a_license_changed_since_is_left_as_it_is(fixture: Fixture) {
        let (_, batch) = swapped(&fixture).await;
        // One user loses and regains the license: it looks the same, but another batch has changed
        // it.
        for (assign, revoke) in [(vec![], vec!["lite"]), (vec!["lite"], vec![])] {
            fixture.run(fixture.request(&assign, &revoke), users(&["u3"])).await;
        }
        let (results, _) = revert(&fixture, &batch).await;
        let lite = results.iter().find(|result| result.user == "u3").unwrap();
        let products: Vec<_> = lite.products.iter().map(|one| (one.0, one.2.clone())).collect();
        let expected = [
            ("suite", vec![ViolationType::OtherChangeFailed]),
            ("lite", vec![ViolationType::ChangedSince]),
        ];
        assert_eq!(products, expected);
        assert!(fixture.holdings().await.contains(&"u3:lite".to_owned()));
        assert_eq!(violations(&results).len(), 1);
    }

    async fn product_by_product_what_was_left_alone_still_goes_back(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 9).await;
        fixture.buy("addon", 9).await;
        let request = fixture.request(&["suite", "addon"], &[]);
        let (_, batch) = fixture.run(request, Selector::All).await;
        for (assign, revoke) in [(vec![], vec!["addon"]), (vec!["addon"], vec![])] {
            fixture.run(fixture.request(&assign, &revoke), users(&["u1"])).await;
        }
        let per_license = RevertBatch { mode: BatchMode::PerLicense, ..revert_of(&fixture, &batch) };
        let (results, _) = revert_with(&fixture, per_license).await;
        // Without `suite` the remaining add-on would lack its dependency.
        assert_eq!(results[0].products[0].2, [ViolationType::DependencyMissing]);
        assert_eq!(results[0].products[1].2, [ViolationType::ChangedSince]);
        assert_eq!(fixture.holdings().await, ["u1:suite", "u1:addon"]);
    }

    async fn an_already_restored_user_is_unchanged(fixture: Fixture) {
        let (_, batch) = swapped(&fixture).await;
        fixture.run(fixture.request(&["suite"], &["lite"]), users(&["u2"])).await;
        let (results, _) = revert(&fixture, &batch).await;
        assert_eq!(outcomes(&results)[0], ("u2", Outcome::Unchanged));
    }

    async fn all_or_nothing_reverts_no_user_if_one_cannot_be_reverted(fixture: Fixture) {
        let (_, batch) = swapped(&fixture).await;
        for (assign, revoke) in [(vec![], vec!["lite"]), (vec!["lite"], vec![])] {
            fixture.run(fixture.request(&assign, &revoke), users(&["u9"])).await;
        }
        let held = fixture.holdings().await;
        let whole = RevertBatch { mode: BatchMode::AllOrNothing, ..revert_of(&fixture, &batch) };
        let (results, _) = revert_with(&fixture, whole).await;
        assert_eq!(fixture.holdings().await, held);
        assert_eq!(results[0].products[0].2, [ViolationType::OtherUserFailed]);
    }

    async fn a_deleted_user_is_reported_and_a_namesake_left_unchanged(fixture: Fixture) {
        let (_, batch) = swapped(&fixture).await;
        let delete = DeleteUser {
            customer: fixture.customer.clone(),
            id: UserId::parse("u2").unwrap(),
            revision: None,
            force: true,
            principal: Principal::local(),
        };
        fixture.engine.delete_user(delete).await.unwrap();
        fixture.add(vec![("u2", "CH", seatkeeper_domain::UserState::Active)]).await;
        let (results, _) = revert(&fixture, &batch).await;
        assert_eq!(results[0].products[0].2, [ViolationType::UserNotFound]);
    }

    async fn plans_that_were_off_are_off_again(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 1).await;
        let off = |plans: &[&str]| ChangeRequest {
            assign: vec![AssignmentRequest {
                product: ProductId::parse("suite").unwrap(),
                disabled_plans: plans.iter().map(|plan| ServicePlanId::parse(plan).unwrap()).collect(),
                plan_policy: PlanPolicy::Replace,
            }],
            revoke: Vec::new(),
        };
        let mut request = fixture.request(&[], &[]);
        request.change = off(&["mail"]);
        fixture.run(request.clone(), Selector::All).await;
        request.change = off(&["chat"]);
        let (_, batch) = fixture.run(request.clone(), Selector::All).await;
        let (results, _) = revert(&fixture, &batch).await;
        assert_eq!(outcomes(&results), [("u1", Outcome::Updated)]);
        // A request for the state before the revert changes nothing.
        request.change = off(&["mail"]);
        let (results, _) = fixture.run(request, Selector::All).await;
        assert_eq!(outcomes(&results), [("u1", Outcome::Unchanged)]);
    }

    async fn a_revert_can_be_reverted_and_tried_again(fixture: Fixture) {
        let (before, batch) = swapped(&fixture).await;
        let swapped = fixture.holdings().await;
        let (_, first) = revert(&fixture, &batch).await;
        let (_, second) = revert(&fixture, &first).await;
        assert_eq!(second.counts.users_failed, 0);
        assert_eq!(fixture.holdings().await, swapped);
        // At first two users lack a seat to return to; then seats become available.
        let spare = fixture.entitlement("suite").await.available();
        let takers: Vec<String> = (0..spare - 6).map(|number| format!("y{number}")).collect();
        let rows = takers.iter().map(|id| (&**id, "CH", seatkeeper_domain::UserState::Active));
        fixture.add(rows.collect()).await;
        let names: Vec<&str> = takers.iter().map(String::as_str).collect();
        fixture.assign("suite", users(&names)).await;
        let (results, third) = revert(&fixture, &second).await;
        assert_eq!(violations(&results).len(), 2);
        fixture.run(fixture.request(&[], &["suite"]), users(&names)).await;
        let retry = RetryFailedBatch {
            customer: fixture.customer.clone(),
            batch: third.id.clone(),
            violations: vec![ViolationType::SeatsExhausted],
            shortage: None,
            request_id: None,
            principal: Principal::local(),
            caller: CallerId::new("test"),
        };
        let started = fixture.engine.retry_failed_batch(retry).await.unwrap();
        let stream = fixture.engine.follow_started(&fixture.customer, started).await.unwrap();
        let (results, _) = read_to_end(stream).await;
        assert_eq!(outcomes(&results), [("u8", Outcome::Assigned), ("u9", Outcome::Assigned)]);
        assert_eq!(fixture.holdings().await, before);
    }

    async fn a_batch_that_changed_nothing_is_not_reverted(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 1).await;
        fixture.assign("suite", Selector::All).await;
        let (_, batch) = fixture.assign("suite", Selector::All).await;
        let refused = fixture.engine.revert_batch(revert_of(&fixture, &batch)).await.map(|_| ());
        assert!(matches!(refused, Err(EngineError::NothingToRevert { .. })), "{refused:?}");
    }
}
