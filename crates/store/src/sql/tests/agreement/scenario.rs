use std::fmt::Debug;

use seatkeeper_domain::*;

use super::fixture;
use crate::*;

/// The results of the scenario, one per line.
struct Transcript(Vec<String>);

impl Transcript {
    fn line(&mut self, what: &str, value: &impl Debug) {
        self.0.push(format!("{what}: {value:#?}"));
    }
}

fn time(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn user(number: i64) -> NewUser {
    NewUser {
        display_name: ["Zoë", "anna", "Anna", "Ärzte", "zoe"][usize::try_from(number % 5).unwrap()]
            .to_owned(),
        department: if number % 3 == 0 { "Sales" } else { "R&D" }.to_owned(),
        usage_location: (number % 2 == 0).then(|| UsageLocation::parse("US").unwrap()),
        state: if number % 7 == 0 {
            UserState::Blocked
        } else {
            UserState::Active
        },
        create_time: time(1_000 - number / 4),
        ..fixture::user(number)
    }
}

fn known(key: i64) -> Selected {
    Selected {
        user: SelectedUser::Known(UserKey(key)),
        request_index: Some(100 - key),
    }
}

fn unknown(id: &str) -> Selected {
    Selected {
        user: SelectedUser::Unknown(UserId::parse(id).unwrap()),
        request_index: None,
    }
}

/// Runs the scenario on an empty store.
pub(super) async fn run(store: &impl Store) -> Vec<String> {
    let mut transcript = Transcript(Vec::new());
    let customer = store
        .create_customer(NewCustomer {
            id: CustomerId::parse("contoso").unwrap(),
            display_name: "Contoso".to_owned(),
            principal: Principal::local(),
            time: time(1),
        })
        .await
        .unwrap();
    transcript.line("customer", &customer);
    directory(store, customer.key, &mut transcript).await;
    pages(store, customer.key, &mut transcript).await;
    seats(store, customer.key, &mut transcript).await;
    licenses(store, customer.key, &mut transcript).await;
    selections(store, customer.key, &mut transcript).await;
    departures(store, customer.key, &mut transcript).await;
    transcript.0
}

async fn directory(store: &impl Store, customer: CustomerKey, transcript: &mut Transcript) {
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    let keys = tx.insert_users((1..=20).map(user).collect()).await;
    transcript.line("inserted", &keys.unwrap());
    tx.commit().await.unwrap();
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    let taken = tx.insert_users(vec![user(21), user(3)]).await;
    transcript.line("taken", &taken.unwrap_err().to_string());
    drop(tx);
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    let ids = [user(3).id, user(99).id, user(1).id];
    let mut users = tx.users(&ids).await.unwrap();
    transcript.line("users", &users);
    let mut renamed = users.swap_remove(0).unwrap();
    renamed.display_name = "It's \"new\"".to_owned();
    renamed.revision = 2;
    renamed.update_time = time(5_000);
    renamed.usage_location = None;
    tx.update_users(&[renamed]).await.unwrap();
    transcript.line("resolved", &tx.resolve_users(&ids).await.unwrap());
    transcript.line("customer in tx", tx.customer());
    let effect = Effect::UserDeleted { user: user(99).id };
    let entry = tx
        .append(time(3), &Principal::new("ann"), effect)
        .await
        .unwrap();
    transcript.line("entry", &entry);
    transcript.line("entry again", &tx.entry(entry.sequence).await.unwrap());
    tx.commit().await.unwrap();
    transcript.line("user", &store.user(customer, &user(3).id).await.unwrap());
    transcript.line(
        "journal",
        &store
            .journal(customer, JournalSequence(0), 10)
            .await
            .unwrap(),
    );
}

async fn pages(store: &impl Store, customer: CustomerKey, transcript: &mut Transcript) {
    let fields = [
        UserOrderField::DirectoryOrder,
        UserOrderField::DisplayName,
        UserOrderField::SignInName,
        UserOrderField::UpdateTime,
    ];
    for field in fields {
        for descending in [false, true] {
            page_through(store, customer, UserOrder { field, descending }, transcript).await;
        }
    }
    for filter in filters() {
        let query = UserPageQuery {
            filter: Some(filter.clone()),
            order: UserOrder::default(),
            start: PageStart::First,
            limit: 100,
        };
        let users = store.list_users(customer, &query).await.unwrap();
        let keys: Vec<_> = users.iter().map(|user| user.key).collect();
        let count = store.count_users(customer, Some(&filter)).await.unwrap();
        transcript.line(&format!("{filter:?}"), &(keys, count));
        let query = SelectQuery {
            filter: Some(filter),
            after: UserKey(2),
            up_to: UserKey(15),
            limit: 3,
        };
        transcript.line(
            "selected",
            &store.select_users(customer, &query).await.unwrap(),
        );
    }
}

async fn page_through(
    store: &impl Store,
    customer: CustomerKey,
    order: UserOrder,
    transcript: &mut Transcript,
) {
    let cursor = |user: &User| match order.field {
        UserOrderField::DirectoryOrder => UserCursor::Directory(user.key),
        UserOrderField::DisplayName => UserCursor::Text(fold_case(&user.display_name), user.key),
        UserOrderField::SignInName => UserCursor::Text(fold_case(&user.sign_in_name), user.key),
        UserOrderField::UpdateTime => UserCursor::Time(user.update_time, user.key),
    };
    let page = async |start| {
        let query = UserPageQuery {
            filter: None,
            order,
            start,
            limit: 6,
        };
        store.list_users(customer, &query).await.unwrap()
    };
    let keys = |users: &[User]| users.iter().map(|user| user.key.0).collect::<Vec<_>>();
    let first = page(PageStart::First).await;
    let second = page(PageStart::After(cursor(&first[5]))).await;
    let back = page(PageStart::Before(cursor(&second[0]))).await;
    assert_eq!(first, back);
    let last = page(PageStart::Last).await;
    transcript.line(
        &format!("{order:?}"),
        &(keys(&first), keys(&second), keys(&last)),
    );
}

fn filters() -> Vec<UserFilter> {
    let text = |field, matcher| UserFilter::Text { field, matcher };
    let anna = || {
        text(
            UserTextField::DisplayName,
            TextMatch::Equals("anna".to_owned()),
        )
    };
    vec![
        anna(),
        anna().negate(),
        text(
            UserTextField::DisplayName,
            TextMatch::Prefix("zo".to_owned()),
        ),
        text(UserTextField::DisplayName, TextMatch::Prefix(String::new())),
        text(
            UserTextField::Department,
            TextMatch::Equals("r&d".to_owned()),
        ),
        text(UserTextField::JobTitle, TextMatch::Equals("%".to_owned())),
        UserFilter::Location(None),
        UserFilter::Location(Some(UsageLocation::parse("US").unwrap())).negate(),
        UserFilter::State(UserState::Blocked),
        UserFilter::Holds(ProductKey(4)),
        UserFilter::HoldsAny.negate(),
        UserFilter::And(vec![
            UserFilter::Or(vec![anna(), UserFilter::State(UserState::Blocked)]),
            UserFilter::Location(None).negate(),
        ]),
        UserFilter::And(vec![
            UserFilter::Or(vec![anna(), UserFilter::State(UserState::Blocked)]).negate(),
            UserFilter::HoldsAny.negate(),
        ]),
    ]
}

async fn seats(store: &impl Store, customer: CustomerKey, transcript: &mut Transcript) {
    let purchase = |id: &str, seats| Purchase {
        id: PurchaseId::parse(id).unwrap(),
        seats,
        start_time: time(1),
        end_time: (seats > 10).then(|| time(9)),
    };
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    for product in [9, 4] {
        let entitlement = Entitlement {
            product: ProductKey(product),
            purchases: vec![purchase("z", 5), purchase("a", 50)],
            assigned: 77,
            reserved: 77,
            waitlisted: 77,
            revision: 1,
            create_time: time(1),
            update_time: time(1),
        };
        tx.save_entitlement(&entitlement).await.unwrap();
    }
    tx.commit().await.unwrap();
    transcript.line(
        "entitlements",
        &store.entitlements(customer, None).await.unwrap(),
    );
    let one = store
        .entitlements(customer, Some(&[ProductKey(9), ProductKey(1)]))
        .await;
    transcript.line("one entitlement", &one.unwrap());
}

fn decided(product: u32, outcome: Outcome, after: Option<&[u32]>) -> Decision {
    Decision {
        products: vec![ProductDecision {
            product: ProductKey(product),
            outcome,
            before: None,
            after: after.map(|plans| plans.iter().copied().map(PlanKey).collect()),
            violations: Vec::new(),
            warnings: Vec::new(),
        }],
        held_after: None,
    }
}

fn changes(first_result: i64, decisions: Vec<Decision>, users: &[(i64, u32)]) -> LicenseChanges {
    LicenseChanges {
        span: Some(BatchSpan {
            batch: BatchKey(1),
            first_result,
        }),
        catalog_version: CatalogVersion(1),
        members: users
            .iter()
            .map(|&(key, _)| Member {
                user: Some(UserKey(key)),
                user_id: user(key).id,
                request_index: None,
            })
            .collect(),
        plan: ChunkPlan {
            decisions,
            members: users.iter().map(|&(_, decision)| decision).collect(),
        },
    }
}

async fn record(
    store: &impl Store,
    customer: CustomerKey,
    changes: LicenseChanges,
    transcript: &mut Transcript,
) {
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    match tx
        .record_licenses(time(7), &Principal::local(), changes)
        .await
    {
        Ok(entry) => {
            transcript.line("recorded", &entry);
            tx.commit().await.unwrap();
        }
        Err(StoreError::Corrupt { table, .. }) => transcript.line("corrupt", &table),
        Err(other) => panic!("{other:?}"),
    }
}

#[expect(clippy::too_many_lines, reason = "a sequence of steps")]
async fn licenses(store: &impl Store, customer: CustomerKey, transcript: &mut Transcript) {
    let none: &[u32] = &[];
    let assign = vec![
        decided(4, Outcome::Assigned, Some(none)),
        decided(9, Outcome::Assigned, Some(&[3, 70])),
        decided(9, Outcome::Failed, None),
    ];
    let users = [(8, 1), (2, 0), (3, 0), (5, 1), (1, 2)];
    record(
        store,
        customer,
        changes(1, assign.clone(), &users),
        transcript,
    )
    .await;
    record(
        store,
        customer,
        changes(6, assign, &[(6, 0), (2, 0)]),
        transcript,
    )
    .await;
    let more = vec![
        decided(4, Outcome::Updated, Some(&[1])),
        decided(9, Outcome::Revoked, None),
    ];
    record(
        store,
        customer,
        changes(6, more.clone(), &[(2, 0), (5, 1)]),
        transcript,
    )
    .await;
    record(
        store,
        customer,
        changes(8, more, &[(3, 0), (5, 1)]),
        transcript,
    )
    .await;
    let many: Vec<Decision> = (0..20_u32)
        .map(|plan| decided(9, Outcome::Assigned, Some(&[plan, 100])))
        .collect();
    let users: Vec<_> = (10..=19).rev().zip(0..).collect();
    record(
        store,
        customer,
        changes(8, many.clone(), &users),
        transcript,
    )
    .await;
    record(
        store,
        customer,
        changes(18, many, &[(20, 19), (2, 1)]),
        transcript,
    )
    .await;
    let unentitled = vec![decided(5, Outcome::Assigned, Some(none))];
    record(
        store,
        customer,
        changes(20, unentitled, &[(2, 0)]),
        transcript,
    )
    .await;
    let changed: Vec<Decision> = (0..20_u32)
        .map(|plan| decided(9, Outcome::Updated, Some(&[plan])))
        .collect();
    let users: Vec<_> = (10..=19).zip(0..).chain([(2, 19), (8, 18)]).collect();
    record(store, customer, changes(20, changed, &users), transcript).await;

    transcript.line("seats", &store.entitlements(customer, None).await.unwrap());
    for (user, product) in [
        (None, None),
        (Some(UserKey(2)), None),
        (None, Some(ProductKey(4))),
    ] {
        let mut query = LicensePageQuery {
            users: user.map(|user| vec![user]),
            product,
            after: None,
            limit: 4,
        };
        let page = store.licenses(customer, &query).await.unwrap();
        query.after = page.last().map(|last| (last.user, last.held.product));
        let next = store.licenses(customer, &query).await.unwrap();
        transcript.line("licenses", &(page, next));
    }
    for after in [0, 5, 7, 100] {
        let entries = store.batch_entries(customer, BatchKey(1), after, 2).await;
        transcript.line("entries", &entries.unwrap());
    }
    for filter in filters() {
        let count = store.count_users(customer, Some(&filter)).await.unwrap();
        transcript.line(&format!("{filter:?}"), &count);
    }
}

fn new_batch(id: &str) -> NewBatch {
    NewBatch {
        id: BatchId::parse(id).unwrap(),
        spec: BatchSpec {
            task: BatchTask::Change(Change {
                assign: Vec::new(),
                revoke: vec![ProductKey(4)],
            }),
            source: BatchSource::Filter("state = ACTIVE".to_owned()),
            mode: BatchMode::PerUser,
            shortage: ShortagePolicy::RequireAll,
            report_licenses: true,
            cancel_on_disconnect: false,
            catalog_version: CatalogVersion(1),
            principal: Principal::local(),
            request_id: RequestId::parse("r").ok(),
            create_time: time(9),
        },
        lease: Lease {
            owner: Some("one".to_owned()),
            until: Some(time(50)),
            epoch: 1,
        },
        user_stream_open: true,
    }
}

async fn selections(store: &impl Store, customer: CustomerKey, transcript: &mut Transcript) {
    let segment = vec![
        unknown("nobody"),
        known(8),
        known(2),
        unknown("who"),
        known(20),
    ];
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    let batch = tx.insert_batch(new_batch("b")).await.unwrap();
    transcript.line("batch", &batch);
    let taken = tx.insert_batch(new_batch("b")).await.unwrap_err();
    transcript.line("taken", &taken.to_string());
    let first = [PackedSegment::pack(&segment)];
    tx.append_segments(batch.key, 0, &first).await.unwrap();
    assert!(tx.append_segments(batch.key, 4, &first).await.is_err());
    let rest = [PackedSegment::pack(&segment[1..3])];
    tx.append_segments(batch.key, 5, &rest).await.unwrap();
    for first in [0, 5, 7] {
        let segment = tx.segments(batch.key, first, 1).await.unwrap();
        transcript.line("segment", &segment);
    }
    tx.commit().await.unwrap();
    accept(store, customer, batch.clone(), transcript).await;
    look(store, customer, transcript).await;
    let range: Vec<_> = (1..=20).map(known).collect();
    for selected in [&segment[..], &range[..], &[]] {
        transcript.line(
            "chunk",
            &store
                .load_chunk(customer, selected, &RelevantProducts::All)
                .await
                .unwrap(),
        );
    }
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    tx.delete_batch(batch.key).await.unwrap();
    transcript.line("segment", &tx.segments(batch.key, 0, 1).await.unwrap());
    tx.commit().await.unwrap();
    let released = store.entitlements(customer, None).await.unwrap();
    transcript.line("released", &released);
}

async fn accept(
    store: &impl Store,
    customer: CustomerKey,
    mut batch: Batch,
    transcript: &mut Transcript,
) {
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    let first = [(ProductKey(4), 3), (ProductKey(9), 1)];
    tx.set_reservations(batch.key, &first).await.unwrap();
    let second = [(ProductKey(9), 2)];
    tx.set_reservations(batch.key, &second).await.unwrap();
    transcript.line("reserved", &tx.reservations(batch.key).await.unwrap());
    tx.insert_batch(new_batch("c")).await.unwrap();
    batch.state = BatchState::Running;
    batch.violations.insert(ViolationType::SeatsExhausted, 3);
    batch.counts.failed = 3;
    batch.seats_left = vec![(ProductKey(4), -2)];
    batch.seats_bought = vec![(ProductKey(4), 7)];
    batch.start_time = Some(time(10));
    batch.user_count = 7;
    tx.save_batch(&batch).await.unwrap();
    transcript.line("running", &tx.count_running_batches().await.unwrap());
    let record = IdempotencyRecord {
        id: RequestId::parse("r").unwrap(),
        digest: [7; 32],
        target: IdempotencyTarget::Batch(batch.key),
        create_time: time(9),
    };
    tx.insert_idempotency_records(std::slice::from_ref(&record))
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

async fn look(store: &impl Store, customer: CustomerKey, transcript: &mut Transcript) {
    for now in [49, 50] {
        let claimable = store.claimable_batches(time(now), None, 10).await.unwrap();
        transcript.line("claimable", &claimable);
        let after = claimable.first().copied();
        let more = store.claimable_batches(time(now), after, 10).await;
        transcript.line("more", &more.unwrap());
    }
    let batches = store.list_batches(customer, None, 10).await.unwrap();
    transcript.line("batches", &batches);
    let accepted = store.count_batches(customer).await.unwrap();
    transcript.line("accepted", &accepted);
    let id = RequestId::parse("r").unwrap();
    transcript.line(
        "request",
        &store.idempotency_record(customer, &id).await.unwrap(),
    );
    let id = BatchId::parse("c").unwrap();
    transcript.line("by id", &store.batch_by_id(customer, &id).await.unwrap());
    let seats = store.entitlements(customer, None).await.unwrap();
    transcript.line("seats", &seats);
}

async fn departures(store: &impl Store, customer: CustomerKey, transcript: &mut Transcript) {
    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    tx.delete_user(UserKey(7)).await.unwrap();
    transcript.line("count", &tx.count_users(None).await.unwrap());
    let keys = tx.insert_users(vec![user(7)]).await.unwrap();
    transcript.line("never reused", &keys);
    let chunk = tx
        .load_chunk(&[known(7), known(21), known(1)], &RelevantProducts::All)
        .await
        .unwrap();
    transcript.line("chunk", &chunk);
    tx.commit().await.unwrap();
    transcript.line("last key", &store.last_user_key(customer).await.unwrap());

    let mut dropped = store.lock_customer(customer).await.unwrap().unwrap();
    dropped.insert_users(vec![user(50)]).await.unwrap();
    drop(dropped);
    transcript.line("undone", &store.customer_by_key(customer).await.unwrap());

    let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
    tx.delete_customer().await.unwrap();
    tx.commit().await.unwrap();
    transcript.line("gone", &store.customer_by_key(customer).await.unwrap());
    assert!(store.lock_customer(customer).await.unwrap().is_none());
    transcript.line(
        "journal",
        &store
            .journal(customer, JournalSequence(0), 10)
            .await
            .unwrap(),
    );
}
