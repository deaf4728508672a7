use seatkeeper_domain::{
    Actor, AssignmentRequest, BatchMode, ChangeRequest, Outcome, PlanPolicy, ProductId,
    ServicePlanId, UserId, ViolationType,
};
use seatkeeper_engine::{
    Batch, BatchTask, CallerId, DeleteUser, EngineError, RetryFailedBatch, RevertBatch, Selector,
};

use crate::stores::on_every_store;
use crate::world::{CHUNK, Told, World, outcomes, read_to_end, users};

/// Users of several chunks.
const USERS: usize = 2 * CHUNK + 1;

fn revert_of(world: &World, batch: &Batch) -> RevertBatch {
    RevertBatch {
        customer: world.customer.clone(),
        batch: batch.id.clone(),
        mode: BatchMode::PerUser,
        request_id: None,
        actor: Actor::local(),
        caller: CallerId::new("test"),
    }
}

async fn revert_with(world: &World, revert: RevertBatch) -> (Vec<Told>, Batch) {
    let started = world.engine.revert_batch(revert).await.unwrap();
    let stream = world.engine.follow_started(&world.customer, started).await;
    read_to_end(stream.unwrap()).await
}

async fn revert(world: &World, batch: &Batch) -> (Vec<Told>, Batch) {
    revert_with(world, revert_of(world, batch)).await
}

/// Everybody but the first has `suite`; the others get `lite` instead.
async fn swapped(world: &World) -> (Vec<String>, Batch) {
    world.add_users(USERS).await;
    world.buy("suite", 20).await;
    world.buy("lite", 20).await;
    let filter = (2..=USERS)
        .map(|number| format!("u{number}"))
        .collect::<Vec<_>>();
    let names: Vec<&str> = filter.iter().map(String::as_str).collect();
    world.assign("suite", users(&names)).await;
    let before = world.holdings().await;
    let request = world.request(&["lite"], &["suite"]);
    let (_, batch) = world.run(request, users(&names)).await;
    assert_eq!(batch.counts.users_failed, 0);
    (before, batch)
}

fn violations(told: &[Told]) -> Vec<(&str, &[ViolationType])> {
    let failed = told
        .iter()
        .filter(|told| told.products[0].1 == Outcome::Failed);
    failed
        .map(|told| (&*told.user, &*told.products[0].2))
        .collect()
}

on_every_store! {
    async fn what_a_batch_changed_is_put_back_user_by_user(world: World) {
        let (before, batch) = swapped(&world).await;
        let (told, reverted) = revert(&world, &batch).await;
        assert_eq!(world.holdings().await, before);
        assert_eq!(told.len(), USERS - 1);
        let products: Vec<_> = told[0].products.iter().map(|one| (one.0, one.1)).collect();
        assert_eq!(products, [("suite", Outcome::Assigned), ("lite", Outcome::Revoked)]);
        assert_eq!(told[0].index, None);
        let BatchTask::Revert { batch: of, .. } = &reverted.spec.task else {
            panic!("a revert says so");
        };
        assert_eq!(*of, batch.to_ref());
        let seats = [world.entitlement("suite").await, world.entitlement("lite").await];
        assert_eq!(seats.map(|seats| seats.entitlement.assigned), [8, 0]);
    }

    async fn a_revert_needs_no_seat_to_spare(world: World) {
        world.add_users(USERS).await;
        world.buy("suite", i64::try_from(USERS).unwrap()).await;
        world.buy("lite", i64::try_from(USERS).unwrap()).await;
        world.assign("suite", Selector::All).await;
        let request = world.request(&["lite"], &["suite"]);
        let (_, batch) = world.run(request, Selector::All).await;
        let (_, reverted) = revert(&world, &batch).await;
        assert_eq!(reverted.counts.users_failed, 0);
    }

    async fn a_license_changed_since_is_left_as_it_is(world: World) {
        let (_, batch) = swapped(&world).await;
        // One loses and regains it, so that it looks the same but is another's doing.
        for (assign, revoke) in [(vec![], vec!["lite"]), (vec!["lite"], vec![])] {
            world.run(world.request(&assign, &revoke), users(&["u3"])).await;
        }
        let (told, _) = revert(&world, &batch).await;
        let lite = told.iter().find(|told| told.user == "u3").unwrap();
        let products: Vec<_> = lite.products.iter().map(|one| (one.0, one.2.clone())).collect();
        let expected = [
            ("suite", vec![ViolationType::OtherChangeFailed]),
            ("lite", vec![ViolationType::ChangedSince]),
        ];
        assert_eq!(products, expected);
        assert!(world.holdings().await.contains(&"u3:lite".to_owned()));
        assert_eq!(violations(&told).len(), 1);
    }

    async fn product_by_product_what_was_left_alone_still_goes_back(world: World) {
        world.add_users(2).await;
        world.buy("suite", 9).await;
        world.buy("addon", 9).await;
        let request = world.request(&["suite", "addon"], &[]);
        let (_, batch) = world.run(request, Selector::All).await;
        for (assign, revoke) in [(vec![], vec!["addon"]), (vec!["addon"], vec![])] {
            world.run(world.request(&assign, &revoke), users(&["u1"])).await;
        }
        let per_license = RevertBatch { mode: BatchMode::PerLicense, ..revert_of(&world, &batch) };
        let (told, _) = revert_with(&world, per_license).await;
        // Without `suite` the add-on that stays would lack what it needs.
        assert_eq!(told[0].products[0].2, [ViolationType::DependencyMissing]);
        assert_eq!(told[0].products[1].2, [ViolationType::ChangedSince]);
        assert_eq!(world.holdings().await, ["u1:suite", "u1:addon"]);
    }

    async fn what_is_as_it_was_already_is_unchanged(world: World) {
        let (_, batch) = swapped(&world).await;
        world.run(world.request(&["suite"], &["lite"]), users(&["u2"])).await;
        let (told, _) = revert(&world, &batch).await;
        assert_eq!(outcomes(&told)[0], ("u2", Outcome::Unchanged));
    }

    async fn all_or_nothing_nobody_is_put_back_when_one_can_not(world: World) {
        let (_, batch) = swapped(&world).await;
        for (assign, revoke) in [(vec![], vec!["lite"]), (vec!["lite"], vec![])] {
            world.run(world.request(&assign, &revoke), users(&["u9"])).await;
        }
        let held = world.holdings().await;
        let whole = RevertBatch { mode: BatchMode::AllOrNothing, ..revert_of(&world, &batch) };
        let (told, _) = revert_with(&world, whole).await;
        assert_eq!(world.holdings().await, held);
        assert_eq!(told[0].products[0].2, [ViolationType::OtherUserFailed]);
    }

    async fn a_deleted_user_is_told_and_a_namesake_left_alone(world: World) {
        let (_, batch) = swapped(&world).await;
        let delete = DeleteUser {
            customer: world.customer.clone(),
            id: UserId::parse("u2").unwrap(),
            revision: None,
            force: true,
            actor: Actor::local(),
        };
        world.engine.delete_user(delete).await.unwrap();
        world.add(vec![("u2", "CH", seatkeeper_domain::UserState::Active)]).await;
        let (told, _) = revert(&world, &batch).await;
        assert_eq!(told[0].products[0].2, [ViolationType::UserNotFound]);
    }

    async fn plans_that_were_off_are_off_again(world: World) {
        world.add_users(1).await;
        world.buy("suite", 1).await;
        let off = |plans: &[&str]| ChangeRequest {
            assign: vec![AssignmentRequest {
                product: ProductId::parse("suite").unwrap(),
                disabled_plans: plans.iter().map(|plan| ServicePlanId::parse(plan).unwrap()).collect(),
                plan_policy: PlanPolicy::Replace,
            }],
            revoke: Vec::new(),
        };
        let mut request = world.request(&[], &[]);
        request.change = off(&["mail"]);
        world.run(request.clone(), Selector::All).await;
        request.change = off(&["chat"]);
        let (_, batch) = world.run(request.clone(), Selector::All).await;
        let (told, _) = revert(&world, &batch).await;
        assert_eq!(outcomes(&told), [("u1", Outcome::Updated)]);
        // Asking for what was there before finds nothing to do.
        request.change = off(&["mail"]);
        let (told, _) = world.run(request, Selector::All).await;
        assert_eq!(outcomes(&told), [("u1", Outcome::Unchanged)]);
    }

    async fn a_revert_can_be_reverted_and_tried_again(world: World) {
        let (before, batch) = swapped(&world).await;
        let swapped = world.holdings().await;
        let (_, first) = revert(&world, &batch).await;
        let (_, second) = revert(&world, &first).await;
        assert_eq!(second.counts.users_failed, 0);
        assert_eq!(world.holdings().await, swapped);
        // Two lack a seat to go back to; then there are seats again.
        let spare = world.entitlement("suite").await.available();
        let takers: Vec<String> = (0..spare - 6).map(|number| format!("y{number}")).collect();
        let rows = takers.iter().map(|id| (&**id, "CH", seatkeeper_domain::UserState::Active));
        world.add(rows.collect()).await;
        let names: Vec<&str> = takers.iter().map(String::as_str).collect();
        world.assign("suite", users(&names)).await;
        let (told, third) = revert(&world, &second).await;
        assert_eq!(violations(&told).len(), 2);
        world.run(world.request(&[], &["suite"]), users(&names)).await;
        let retry = RetryFailedBatch {
            customer: world.customer.clone(),
            batch: third.id.clone(),
            violations: vec![ViolationType::SeatsExhausted],
            shortage: None,
            request_id: None,
            actor: Actor::local(),
            caller: CallerId::new("test"),
        };
        let started = world.engine.retry_failed_batch(retry).await.unwrap();
        let stream = world.engine.follow_started(&world.customer, started).await.unwrap();
        let (told, _) = read_to_end(stream).await;
        assert_eq!(outcomes(&told), [("u8", Outcome::Assigned), ("u9", Outcome::Assigned)]);
        assert_eq!(world.holdings().await, before);
    }

    async fn a_batch_that_changed_nothing_is_not_reverted(world: World) {
        world.add_users(1).await;
        world.buy("suite", 1).await;
        world.assign("suite", Selector::All).await;
        let (_, batch) = world.assign("suite", Selector::All).await;
        let refused = world.engine.revert_batch(revert_of(&world, &batch)).await.map(|_| ());
        assert!(matches!(refused, Err(EngineError::NothingToRevert { .. })), "{refused:?}");
    }
}
