use seatkeeper_domain::{Customer, CustomerKey, Effect, JournalEntry, JournalSequence};
use seatkeeper_store::Store;

use crate::fixture::{assert_taken, at, customer_id, new_customer, principal};
use crate::stores::on_every_store;

on_every_store! {
    async fn the_store_answers_a_ping(fixture: Fixture) {
        fixture.store.ping().await.unwrap();
    }

    async fn a_new_customer_is_empty_and_found_under_identifier_and_key(fixture: Fixture) {
        let created = fixture.store.create_customer(new_customer("fabrikam")).await.unwrap();
        let expected = Customer {
            key: created.key,
            id: customer_id("fabrikam"),
            display_name: "fabrikam & Søns".to_owned(),
            user_count: 0,
            revision: 1,
            create_time: at(0),
            update_time: at(0),
        };
        assert_eq!(created, expected);
        let found = fixture.store.customer(&customer_id("fabrikam")).await.unwrap();
        assert_eq!(found.as_ref(), Some(&expected));
        let found = fixture.store.customer_by_key(created.key).await.unwrap();
        assert_eq!(found, Some(expected));
    }

    async fn the_creation_of_a_customer_is_the_first_entry_of_its_journal(fixture: Fixture) {
        let entry = JournalEntry {
            sequence: JournalSequence(1),
            time: at(0),
            principal: principal(),
            effect: Effect::CustomerChanged(fixture.row().await),
        };
        assert_eq!(fixture.journal().await, [entry]);
    }

    async fn an_identifier_that_is_taken_makes_no_customer(fixture: Fixture) {
        let again = fixture.store.create_customer(new_customer("contoso")).await;
        assert_taken(again, "customer");
        assert_eq!(fixture.store.count_customers().await.unwrap(), 1);
        assert_eq!(fixture.journal().await.len(), 1);
    }

    async fn an_identifier_differs_by_case(fixture: Fixture) {
        fixture.another_customer("Contoso").await;
        assert_eq!(fixture.store.count_customers().await.unwrap(), 2);
        let found = fixture.store.customer(&customer_id("contoso")).await.unwrap().unwrap();
        assert_eq!(found.key, fixture.customer);
    }

    async fn of_creations_at_once_one_wins(fixture: Fixture) {
        let creations = (0..8).map(|_| {
            let store = fixture.store.clone();
            tokio::spawn(async move { store.create_customer(new_customer("fabrikam")).await })
        });
        let mut won = 0;
        for creation in creations.collect::<Vec<_>>() {
            match creation.await.unwrap() {
                Ok(_) => won += 1,
                refused => assert_taken(refused, "customer"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(fixture.store.count_customers().await.unwrap(), 2);
    }

    async fn no_user_is_found_under_another_customers_identifier_or_key(fixture: Fixture) {
        let found = fixture.store.customer(&customer_id("fabrikam")).await.unwrap();
        assert_eq!(found, None);
        let stranger = CustomerKey(fixture.customer.0 + 1);
        assert_eq!(fixture.store.customer_by_key(stranger).await.unwrap(), None);
        assert!(fixture.store.lock_customer(stranger).await.unwrap().is_none());
    }

    async fn customers_are_listed_by_the_bytes_of_their_identifiers(fixture: Fixture) {
        let ids = ["B", "a", "Z9", "zeta", "a-b", "a.b", "a_b", "aB", "ab", "0", "a~", "a'"];
        for id in ids {
            fixture.another_customer(id).await;
        }
        let mut expected = [&ids[..], &["contoso"]].concat();
        expected.sort_unstable();
        assert_eq!(listed(&*fixture.store, None, 100).await, expected);
        assert_eq!(fixture.store.count_customers().await.unwrap(), 13);
        for limit in [1, 5, 13] {
            let mut pages = Vec::new();
            while let Some(page) = next_page(&*fixture.store, pages.last(), limit).await {
                pages.extend(page);
            }
            assert_eq!(pages, expected);
        }
    }

    async fn a_page_of_customers_begins_after_one_that_need_not_exist(fixture: Fixture) {
        fixture.another_customer("beta").await;
        fixture.another_customer("delta").await;
        assert_eq!(listed(&*fixture.store, Some("c"), 9).await, ["contoso", "delta"]);
        assert_eq!(listed(&*fixture.store, Some("contoso"), 9).await, ["delta"]);
        assert!(listed(&*fixture.store, Some("z"), 9).await.is_empty());
    }

    async fn saving_a_customer_replaces_its_own_fields_alone(fixture: Fixture) {
        fixture.add_users(&["ann", "bob"]).await;
        let before = fixture.row().await;
        let mut tx = fixture.lock().await;
        let saved = Customer {
            display_name: "Contoso Ltd.".to_owned(),
            revision: 2,
            update_time: at(5),
            ..tx.customer().clone()
        };
        let claimed = Customer { user_count: 99, create_time: at(99), ..saved.clone() };
        tx.save_customer(claimed).await.unwrap();
        assert_eq!(tx.customer(), &saved);
        tx.commit().await.unwrap();
        assert_eq!(fixture.row().await, saved);
        assert_eq!((saved.user_count, saved.create_time), (2, before.create_time));
    }
}

async fn next_page(store: &dyn Store, after: Option<&String>, limit: usize) -> Option<Vec<String>> {
    let page = listed(store, after.map(String::as_str), limit).await;
    (!page.is_empty()).then_some(page)
}

async fn listed(store: &dyn Store, after: Option<&str>, limit: usize) -> Vec<String> {
    let after = after.map(customer_id);
    let customers = store.list_customers(after.as_ref(), limit).await.unwrap();
    let ids = customers.iter().map(|customer| customer.id.to_string());
    ids.collect()
}
