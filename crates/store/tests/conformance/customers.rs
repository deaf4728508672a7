use seatkeeper_domain::{Customer, CustomerKey, Effect, JournalEntry, JournalSequence};
use seatkeeper_store::Store;

use crate::stores::on_every_store;
use crate::world::{actor, assert_taken, at, customer_id, new_customer};

on_every_store! {
    async fn the_store_answers_a_ping(world: World) {
        world.store.ping().await.unwrap();
    }

    async fn a_new_customer_is_empty_and_found_under_identifier_and_key(world: World) {
        let created = world.store.create_customer(new_customer("fabrikam")).await.unwrap();
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
        let found = world.store.customer(&customer_id("fabrikam")).await.unwrap();
        assert_eq!(found.as_ref(), Some(&expected));
        let found = world.store.customer_by_key(created.key).await.unwrap();
        assert_eq!(found, Some(expected));
    }

    async fn the_creation_of_a_customer_is_the_first_entry_of_its_journal(world: World) {
        let entry = JournalEntry {
            sequence: JournalSequence(1),
            time: at(0),
            actor: actor(),
            effect: Effect::CustomerChanged(world.row().await),
        };
        assert_eq!(world.journal().await, [entry]);
    }

    async fn an_identifier_that_is_taken_makes_no_customer(world: World) {
        let again = world.store.create_customer(new_customer("contoso")).await;
        assert_taken(again, "customer");
        assert_eq!(world.store.count_customers().await.unwrap(), 1);
        assert_eq!(world.journal().await.len(), 1);
    }

    async fn an_identifier_differs_by_case(world: World) {
        world.another_customer("Contoso").await;
        assert_eq!(world.store.count_customers().await.unwrap(), 2);
        let found = world.store.customer(&customer_id("contoso")).await.unwrap().unwrap();
        assert_eq!(found.key, world.customer);
    }

    async fn of_creations_at_once_one_wins(world: World) {
        let creations = (0..8).map(|_| {
            let store = world.store.clone();
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
        assert_eq!(world.store.count_customers().await.unwrap(), 2);
    }

    async fn nobody_is_found_under_a_foreign_identifier_or_key(world: World) {
        let found = world.store.customer(&customer_id("fabrikam")).await.unwrap();
        assert_eq!(found, None);
        let stranger = CustomerKey(world.customer.0 + 1);
        assert_eq!(world.store.customer_by_key(stranger).await.unwrap(), None);
        assert!(world.store.lock_customer(stranger).await.unwrap().is_none());
    }

    async fn customers_are_listed_by_the_bytes_of_their_identifiers(world: World) {
        let ids = ["B", "a", "Z9", "zeta", "a-b", "a.b", "a_b", "aB", "ab", "0", "a~", "a'"];
        for id in ids {
            world.another_customer(id).await;
        }
        let mut expected = [&ids[..], &["contoso"]].concat();
        expected.sort_unstable();
        assert_eq!(listed(&*world.store, None, 100).await, expected);
        assert_eq!(world.store.count_customers().await.unwrap(), 13);
        for limit in [1, 5, 13] {
            let mut pages = Vec::new();
            while let Some(page) = next_page(&*world.store, pages.last(), limit).await {
                pages.extend(page);
            }
            assert_eq!(pages, expected);
        }
    }

    async fn a_page_of_customers_begins_after_one_that_need_not_exist(world: World) {
        world.another_customer("beta").await;
        world.another_customer("delta").await;
        assert_eq!(listed(&*world.store, Some("c"), 9).await, ["contoso", "delta"]);
        assert_eq!(listed(&*world.store, Some("contoso"), 9).await, ["delta"]);
        assert!(listed(&*world.store, Some("z"), 9).await.is_empty());
    }

    async fn saving_a_customer_replaces_its_own_fields_alone(world: World) {
        world.add_users(&["ann", "bob"]).await;
        let before = world.row().await;
        let mut tx = world.lock().await;
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
        assert_eq!(world.row().await, saved);
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
