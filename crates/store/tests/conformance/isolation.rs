//! Customers share nothing, even if their users, products, batches and requests have the same
//! names.

use seatkeeper_domain::{
    BatchKey, BatchState, CustomerKey, RelevantProducts, UserFilter, UserKey, UserOrder, UserState,
};
use seatkeeper_store::{
    Batch, IdempotencyRecord, IdempotencyTarget, NewUser, PackedSegment, PageStart, SelectQuery,
    UserPageQuery,
};

use crate::decisions::{assigned, changes};
use crate::fixture::{
    ALL, Fixture, LITE, SUITE, assert_corrupt, at, batch_id, entitlement, known, lock, member,
    new_batch, new_user, principal, request_id, user_id,
};
use crate::observed::Observed;
use crate::stores::on_every_store;

on_every_store! {
    async fn customers_are_isolated_from_each_other(fixture: Fixture) {
        let neighbor = fixture.another_customer("fabrikam").await;
        let before = Observed::of(&*fixture.store, neighbor).await;
        work(&fixture, fixture.customer, &["ann", "bob", "eve"]).await;
        Observed::of(&*fixture.store, neighbor).await.assert_same(&before);
    }

    async fn equal_names_mean_each_customers_own(fixture: Fixture) {
        let neighbor = fixture.another_customer("fabrikam").await;
        work(&fixture, fixture.customer, &["ann", "bob", "eve"]).await;
        let before = Observed::of(&*fixture.store, fixture.customer).await;
        work(&fixture, neighbor, &["bob", "ann"]).await;
        Observed::of(&*fixture.store, fixture.customer).await.assert_same(&before);
        let store = &fixture.store;
        assert_eq!(store.count_users(neighbor, None).await.unwrap(), 2);
        let bob = store.user(neighbor, &user_id("bob")).await.unwrap().unwrap();
        assert_eq!(bob.key, UserKey(1));
        assert_eq!(store.user(neighbor, &user_id("eve")).await.unwrap(), None);
        let resolved = store.resolve_users(neighbor, &["eve", "ann"].map(user_id)).await;
        assert_eq!(resolved.unwrap(), [None, Some(UserKey(2))]);
        let batch = store.batch_by_id(neighbor, &batch_id("one")).await.unwrap().unwrap();
        assert_eq!((batch.key, batch.user_count), (BatchKey(1), 2));
        assert_eq!(store.entitlements(neighbor, None).await.unwrap()[0].assigned, 2);
        let request = store.idempotency_record(neighbor, &request_id("r1")).await.unwrap().unwrap();
        assert_eq!(request.digest, [2; 32]);
    }

    async fn filters_and_selections_stay_within_the_customer(fixture: Fixture) {
        let neighbor = fixture.another_customer("fabrikam").await;
        work(&fixture, fixture.customer, &["ann", "bob", "eve"]).await;
        let mut tx = lock(&*fixture.store, neighbor).await;
        let blocked = NewUser { state: UserState::Blocked, ..new_user("bob") };
        tx.insert_users(vec![new_user("ann"), blocked]).await.unwrap();
        tx.commit().await.unwrap();
        let everyone = |filter| SelectQuery {
            filter,
            after: UserKey(0),
            up_to: UserKey(i64::MAX),
            limit: ALL,
        };
        for (filter, expected) in [
            (None, &[1, 2][..]),
            (Some(UserFilter::HoldsAny), &[]),
            (Some(UserFilter::Holds(SUITE)), &[]),
            (Some(UserFilter::Not(Box::new(UserFilter::Holds(SUITE)))), &[1, 2]),
            (Some(UserFilter::State(UserState::Blocked)), &[2]),
        ] {
            let expected: Vec<_> = expected.iter().copied().map(UserKey).collect();
            let query = everyone(filter.clone());
            let selected = fixture.store.select_users(neighbor, &query).await.unwrap();
            assert_eq!(selected, expected, "{filter:?}");
            let page = UserPageQuery {
                filter,
                order: UserOrder::default(),
                start: PageStart::Last,
                limit: ALL,
            };
            let listed = fixture.store.list_users(neighbor, &page).await.unwrap();
            assert_eq!(listed.iter().map(|user| user.key).collect::<Vec<_>>(), expected);
        }
    }

    async fn a_neighbors_user_is_no_member_of_a_chunk(fixture: Fixture) {
        let neighbor = fixture.another_customer("fabrikam").await;
        work(&fixture, fixture.customer, &["ann", "bob"]).await;
        assert_corrupt(fixture.store.load_chunk(neighbor, &[known(UserKey(1))], &RelevantProducts::All).await);
    }

    async fn a_customer_that_does_not_exist_has_nothing(fixture: Fixture) {
        work(&fixture, fixture.customer, &["ann"]).await;
        let nobody = CustomerKey(fixture.customer.0 + 1);
        assert!(Observed::of(&*fixture.store, nobody).await.is_nothing());
    }
}

/// Adds the users, assigns a product to all of them, runs a batch, and stores a request id.
async fn work(fixture: &Fixture, customer: CustomerKey, ids: &[&str]) {
    let mut tx = lock(&*fixture.store, customer).await;
    let users = ids.iter().map(|id| new_user(id)).collect();
    let keys = tx.insert_users(users).await.unwrap();
    for product in [SUITE, LITE] {
        tx.save_entitlement(&entitlement(product, 50))
            .await
            .unwrap();
    }
    let users = keys.iter().zip(ids);
    let decided = users.map(|(&key, id)| (member(key, id), vec![assigned(SUITE, &[])]));
    let decided = changes(decided.collect());
    tx.record_licenses(at(5), &principal(), decided)
        .await
        .unwrap();
    let inserted = tx.insert_batch(new_batch("one")).await.unwrap();
    let selected: Vec<_> = keys.iter().map(|&key| known(key)).collect();
    let segment = PackedSegment::pack(&selected);
    tx.append_segments(inserted.key, 0, &[segment])
        .await
        .unwrap();
    tx.set_reservations(inserted.key, &[(LITE, 4)])
        .await
        .unwrap();
    let batch = Batch {
        state: BatchState::Running,
        user_count: i64::try_from(ids.len()).unwrap(),
        ..inserted
    };
    tx.save_batch(&batch).await.unwrap();
    let request = IdempotencyRecord {
        id: request_id("r1"),
        digest: [u8::try_from(ids.len()).unwrap(); 32],
        target: IdempotencyTarget::Batch(batch.key),
        create_time: at(6),
    };
    tx.insert_idempotency_records(std::slice::from_ref(&request))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}
