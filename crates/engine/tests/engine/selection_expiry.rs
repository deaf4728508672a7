//! Saved selections expire when they are not used.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use seatkeeper_domain::{Selection, Timestamp};
use seatkeeper_engine::{
    Clock, Engine, EngineConfig, EngineError, EngineResult, Limits, MembershipChange, Selector,
    UpdateSelection,
};

use crate::fixture::{Fixture, users};
use crate::selections::{changed, id, listing, new, not_found};
use crate::stores::on_every_store;

/// A day in microseconds: the default time to live of a selection.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

on_every_store! {
    async fn an_identifier_is_taken_while_its_selection_lives(fixture: Fixture) {
        let (engine, clock) = engine_with_clock(&fixture);
        create_on(&engine, &fixture, "ticked").await.unwrap();
        let refused = create_on(&engine, &fixture, "ticked").await;
        assert!(matches!(refused, Err(EngineError::AlreadyExists(_))));
        clock.advance(DAY);
        create_on(&engine, &fixture, "ticked").await.unwrap();
    }

    async fn an_unused_selection_expires_at_once_and_is_deleted_later(fixture: Fixture) {
        let (engine, clock) = engine_with_clock(&fixture);
        create_on(&engine, &fixture, "ticked").await.unwrap();
        clock.advance(DAY - 1);
        engine.selection(&fixture.customer, &id("ticked")).await.unwrap();
        clock.advance(1);
        not_found(engine.selection(&fixture.customer, &id("ticked")).await);
        let listed = engine.list_selections(&fixture.customer, None, 10).await.unwrap();
        assert_eq!((listed.items.len(), listed.total), (0, 0));
        engine.start();
        let customer = fixture.engine.customer(&fixture.customer).await.unwrap().key;
        let store = &fixture.stores.store;
        let removed = async {
            while store.selection(customer, &id("ticked")).await.unwrap().is_some() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), removed).await.unwrap();
        engine.drain(Duration::from_secs(5)).await;
    }

    async fn uses_keep_a_selection_alive(fixture: Fixture) {
        fixture.add_users(2).await;
        let (engine, clock) = engine_with_clock(&fixture);
        create_on(&engine, &fixture, "ticked").await.unwrap();
        let expiry = async || {
            let found = engine.selection(&fixture.customer, &id("ticked")).await.unwrap();
            found.expire_time.as_micros() - clock.now().as_micros()
        };
        clock.advance(DAY / 2);
        assert_eq!(expiry().await, DAY / 2, "reading it is not a use");
        engine.list_selection_users(listing(&fixture, "ticked")).await.unwrap();
        assert!(expiry().await >= DAY, "listing its users is a use");
        clock.advance(DAY / 2);
        let add = changed(&fixture, MembershipChange::Add, users(&["u1"]));
        engine.change_selection_users(add).await.unwrap();
        assert!(expiry().await >= DAY, "changing it is a use");
        clock.advance(DAY / 2);
        let request = fixture.request(&[], &["suite"]);
        engine.start_batch(request, Selector::Saved(id("ticked"))).await.unwrap();
        assert!(expiry().await >= DAY, "a batch over it is a use");
    }

    async fn a_shorter_idle_time_begins_at_once(fixture: Fixture) {
        let (engine, clock) = engine_with_clock(&fixture);
        create_on(&engine, &fixture, "ticked").await.unwrap();
        let update = UpdateSelection {
            customer: fixture.customer.clone(),
            id: id("ticked"),
            revision: Some(1),
            display_name: Some("Ticked".to_owned()),
            idle_ttl_micros: Some(60_000_000),
        };
        let updated = engine.update_selection(update).await.unwrap();
        assert_eq!((updated.display_name.as_str(), updated.revision), ("Ticked", 2));
        assert_eq!(updated.expire_time, clock.now().plus_micros(60_000_000));
    }
}

/// A clock that stands still unless a test moves it forward.
struct Stopped(AtomicI64);

impl Stopped {
    fn advance(&self, micros: i64) {
        self.0.fetch_add(micros, Ordering::Relaxed);
    }
}

impl Clock for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::Relaxed))
    }
}

/// An engine over the same store, not started, whose clock the test controls.
fn engine_with_clock(fixture: &Fixture) -> (Engine, Arc<Stopped>) {
    let clock = Arc::new(Stopped(AtomicI64::new(4_000_000_000_000_000)));
    let config = EngineConfig {
        limits: Limits {
            recovery_interval: Duration::from_millis(50),
            ..Limits::default()
        },
        clock: Arc::clone(&clock) as Arc<dyn Clock>,
        ..EngineConfig::default()
    };
    (
        Engine::new(Arc::clone(&fixture.stores.store), config),
        clock,
    )
}

/// Creates an empty selection on the given engine.
async fn create_on(engine: &Engine, fixture: &Fixture, name: &str) -> EngineResult<Selection> {
    let resolved = engine.selection_builder(&fixture.customer).await?.finish();
    engine.create_selection(new(fixture, name), &resolved).await
}
