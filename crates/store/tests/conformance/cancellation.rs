//! A caller may disconnect at any moment: a dropped call has either its whole effect or none, and
//! later callers are not blocked.

use seatkeeper_domain::{RelevantProducts, UserKey};
use seatkeeper_store::StoreResult;

use crate::decisions::{assigned, changes, revoked};
use crate::disconnect::disconnect_after;
use crate::fixture::{
    Fixture, LITE, SUITE, at, member, new_customer, new_user, principal, user_id,
};
use crate::stores::on_every_store;

/// The polls after which a call is dropped: no call here takes nearly as many.
const POLLS: std::ops::Range<usize> = 0..25;

on_every_store! {
    async fn a_lock_that_was_cut_off_is_free(fixture: Fixture) {
        for polls in POLLS {
            let cut = disconnect_after(polls, fixture.store.lock_customer(fixture.customer)).await;
            drop(cut);
            count_up(&fixture).await;
        }
        assert_eq!(fixture.row().await.revision, 26);
    }

    async fn a_wait_that_was_cut_off_leaves_the_line(fixture: Fixture) {
        for polls in 1..10 {
            let held = fixture.lock().await;
            let cut = disconnect_after(polls, fixture.store.lock_customer(fixture.customer));
            let waited = tokio::time::timeout(std::time::Duration::from_millis(5), cut).await;
            assert!(!matches!(waited, Ok(Some(_))), "the lock is held");
            drop(held);
            count_up(&fixture).await;
        }
    }

    async fn a_record_that_was_cut_off_wrote_nothing(fixture: Fixture) {
        prepare(&fixture).await;
        for polls in POLLS {
            let mut tx = fixture.lock().await;
            disconnect_after(polls, toggle(&fixture, &mut *tx).await).await;
            drop(tx);
            assert_consistent(&fixture, 0).await;
        }
    }

    async fn a_commit_that_was_cut_off_is_whole_or_nothing(fixture: Fixture) {
        prepare(&fixture).await;
        let mut committed = 0;
        for polls in POLLS {
            let mut tx = fixture.lock().await;
            toggle(&fixture, &mut *tx).await.await.unwrap();
            let answer = disconnect_after(polls, tx.commit()).await;
            // The next transaction with the lock sees whether the commit succeeded.
            drop(fixture.lock().await);
            let entries = fixture.journal().await.len() - 1;
            assert!(entries == committed || entries == committed + 1);
            if answer.is_some_and(|answer| answer.is_ok()) {
                assert_eq!(entries, committed + 1);
            }
            committed = entries;
            assert_consistent(&fixture, committed).await;
        }
        assert!(committed > 0);
    }

    async fn insertions_that_were_cut_off_wrote_nothing(fixture: Fixture) {
        for polls in POLLS {
            let mut tx = fixture.lock().await;
            disconnect_after(polls, tx.insert_users(vec![new_user("ann"), new_user("bob")])).await;
            drop(tx);
            assert_eq!(fixture.users().await, []);
            assert_eq!(fixture.row().await.user_count, 0);
        }
        assert_eq!(fixture.add_users(&["ann"]).await, [UserKey(1)]);
    }

    async fn a_creation_that_was_cut_off_is_whole_or_nothing(fixture: Fixture) {
        for polls in POLLS {
            let id = format!("customer{polls}");
            let answer = disconnect_after(polls, fixture.store.create_customer(new_customer(&id))).await;
            let again = fixture.store.create_customer(new_customer(&id)).await;
            assert!(answer.is_none() || again.is_err());
            let customer = fixture.store.customer(&crate::fixture::customer_id(&id)).await.unwrap();
            let key = customer.unwrap().key;
            let start = seatkeeper_domain::JournalSequence(0);
            assert_eq!(fixture.store.journal(key, start, 9).await.unwrap().len(), 1);
        }
    }

    async fn reads_that_were_cut_off_hold_nothing_up(fixture: Fixture) {
        prepare(&fixture).await;
        let ids = [user_id("ann"), user_id("bob")];
        let chunk = [1, 2].map(|key| crate::fixture::known(UserKey(key)));
        for polls in POLLS.chain(POLLS) {
            disconnect_after(polls, fixture.users()).await;
            disconnect_after(polls, fixture.store.entitlements(fixture.customer, None)).await;
            disconnect_after(polls, fixture.store.load_chunk(fixture.customer, &chunk, &RelevantProducts::All)).await;
            disconnect_after(polls, fixture.store.resolve_users(fixture.customer, &ids)).await;
        }
        count_up(&fixture).await;
        let loaded = fixture.store.load_chunk(fixture.customer, &chunk, &RelevantProducts::All).await.unwrap();
        assert_eq!(loaded.members.len(), 2);
        assert_eq!(fixture.users().await.len(), 2);
    }

    async fn callers_that_hang_up_in_droves_lose_nothing(fixture: Fixture) {
        prepare(&fixture).await;
        let callers = (0..60).map(|number: usize| {
            let store = fixture.store.clone();
            let customer = fixture.customer;
            let call = async move {
                let mut tx = store.lock_customer(customer).await.unwrap().unwrap();
                let read = tx.customer().clone();
                let revision = read.revision + 1;
                let saved = seatkeeper_domain::Customer { revision, ..read };
                tx.save_customer(saved).await.unwrap();
                let effect = seatkeeper_domain::Effect::UserDeleted { user: user_id("x") };
                tx.append(at(revision), &principal(), effect).await.unwrap();
                tx.commit().await
            };
            tokio::spawn(async move { disconnect_after(number % 20, call).await })
        });
        for caller in callers.collect::<Vec<_>>() {
            caller.await.unwrap();
        }
        count_up(&fixture).await;
        let journal = fixture.journal().await;
        let sequences: Vec<_> = journal.iter().map(|entry| entry.sequence.0).collect();
        assert_eq!(sequences, (1..).take(journal.len()).collect::<Vec<_>>());
        // The last increment of the revision wrote no entry.
        let counted = fixture.row().await.revision - 2;
        assert_eq!(usize::try_from(counted).unwrap(), journal.len() - 1);
    }
}

/// Users Ann and Bob, and entitlements: the toggles give Ann the suite and Bob the lite product.
async fn prepare(fixture: &Fixture) {
    fixture.add_users(&["ann", "bob"]).await;
    fixture.entitle(&[SUITE, LITE]).await;
}

/// A record that assigns these licenses when missing, or revokes them when held.
async fn toggle<'a>(
    fixture: &Fixture,
    tx: &'a mut dyn seatkeeper_store::CustomerTx,
) -> std::pin::Pin<Box<dyn Future<Output = StoreResult<()>> + Send + 'a>> {
    let held = !fixture.licenses().await.is_empty();
    let decide = |product| {
        if held {
            revoked(product)
        } else {
            assigned(product, &[1])
        }
    };
    let decided = changes(vec![
        (member(UserKey(1), "ann"), vec![decide(SUITE)]),
        (member(UserKey(2), "bob"), vec![decide(LITE)]),
    ]);
    Box::pin(async move {
        tx.record_licenses(at(9), &principal(), decided).await?;
        Ok(())
    })
}

/// Journal, licenses and counters agree after `committed` toggles.
async fn assert_consistent(fixture: &Fixture, committed: usize) {
    let journal = fixture.journal().await;
    let sequences: Vec<_> = journal.iter().map(|entry| entry.sequence.0).collect();
    assert_eq!(sequences, (1..).take(committed + 1).collect::<Vec<_>>());
    let held = committed % 2;
    assert_eq!(fixture.licenses().await.len(), 2 * held);
    for product in [SUITE, LITE] {
        let assigned = fixture.entitlement(product).await.assigned;
        assert_eq!(usize::try_from(assigned).unwrap(), held);
    }
}

/// A whole transaction: the next waiting transaction gets the lock.
async fn count_up(fixture: &Fixture) {
    let counting = async {
        let mut tx = fixture.lock().await;
        let mut customer = tx.customer().clone();
        customer.revision += 1;
        tx.save_customer(customer).await.unwrap();
        tx.commit().await.unwrap();
    };
    let limit = std::time::Duration::from_secs(20);
    tokio::time::timeout(limit, counting).await.unwrap();
}
