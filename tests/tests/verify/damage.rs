use seatkeeper_tests::{Database, Storage};

use crate::finding::{names, verify};
use crate::fixture;
use crate::sql::Backdoor;

/// A kind of damage: its name, the SQL that causes it, and the table and the key phrase of the
/// expected finding.
pub(crate) type Damage = (&'static str, &'static str, &'static str, &'static str);

const DAMAGES: &[Damage] = &[
    (
        "a license is missing",
        "DELETE FROM licenses WHERE user_key = 7 AND product_key = 0",
        "licenses",
        "the journal says that it is held",
    ),
    (
        "a license is not in the journal",
        "INSERT INTO licenses VALUES (1, 60, 2, '', 1, 1)",
        "licenses",
        "the journal says that it is not held",
    ),
    (
        "plans are disabled",
        "UPDATE licenses SET disabled_plans = '0' WHERE user_key = 8 AND product_key = 0",
        "licenses",
        "disabled plans",
    ),
    (
        "a license was changed by another entry",
        "UPDATE licenses SET changed_by = changed_by + 1 WHERE user_key = 8",
        "licenses",
        "changed_by",
    ),
    (
        "a license was assigned at another time",
        "UPDATE licenses SET assign_time = assign_time + 1 WHERE user_key = 8",
        "licenses",
        "assign_time",
    ),
    (
        "the user of a license is missing",
        "DELETE FROM users WHERE user_key = 8",
        "licenses",
        "does not exist",
    ),
    (
        "a holder set lacks a user",
        "DELETE FROM license_holders WHERE product_key = 0 AND plan_key = -1",
        "license_holders",
        "users are missing",
    ),
    (
        "a holder set has users without the license",
        "INSERT INTO license_holders SELECT customer_key, 3, plan_key, block, users \
         FROM license_holders WHERE product_key = 0 AND plan_key = -1",
        "license_holders",
        "have no such license",
    ),
    (
        "a customer counts too few waitlist entries",
        "UPDATE customers SET waitlist_count = waitlist_count - 1",
        "customers",
        "waitlist_count",
    ),
    (
        "an entitlement counts too many waitlist entries",
        "UPDATE entitlements SET waitlisted = waitlisted + 1 WHERE product_key = 0",
        "entitlements",
        "waitlisted",
    ),
    (
        "a waitlist entry has no user",
        "UPDATE waitlist SET user_key = 999 WHERE user_key = \
         (SELECT max(user_key) FROM waitlist)",
        "waitlist",
        "does not exist",
    ),
    (
        "a waitlisted user holds the product",
        "UPDATE waitlist SET user_key = 8 WHERE user_key = \
         (SELECT max(user_key) FROM waitlist) AND product_key = 0",
        "waitlist",
        "holds the product",
    ),
    (
        "waitlist positions are assigned twice",
        "UPDATE customers SET last_waitlist_sequence = 0",
        "waitlist",
        "the last assigned one is 0",
    ),
    (
        "too many seats are assigned",
        "UPDATE entitlements SET assigned = assigned + 1 WHERE product_key = 0",
        "entitlements",
        "assigned",
    ),
    (
        "too many seats are reserved",
        "UPDATE entitlements SET reserved = reserved + 1 WHERE product_key = 0",
        "entitlements",
        "reserved",
    ),
    (
        "reservations are missing",
        "DELETE FROM reservations",
        "entitlements",
        "reserved",
    ),
    (
        "an ended batch has reservations",
        "INSERT INTO reservations VALUES (1, 1, 0, 2)",
        "reservations",
        "does not run",
    ),
    (
        "a purchase has too many seats",
        "UPDATE purchases SET seats = seats + 1 WHERE product_key = 0 AND position = 0",
        "purchases",
        "differ from those in the journal",
    ),
    (
        "an entitlement is missing",
        "DELETE FROM purchases WHERE product_key = 0; \
         DELETE FROM entitlements WHERE product_key = 0",
        "entitlements",
        "it is missing",
    ),
    (
        "a journal entry is missing",
        "DELETE FROM journal WHERE sequence = 3",
        "journal",
        "there is a gap",
    ),
    (
        "the last journal entry is missing",
        "UPDATE customers SET journal_sequence = journal_sequence + 1",
        "customers",
        "journal_sequence",
    ),
    (
        "a journal entry is truncated",
        "UPDATE journal SET payload = substr(payload, 1, 7) WHERE batch_key = 1",
        "journal",
        "not checked",
    ),
    (
        "a journal entry has a wrong range of results",
        "UPDATE journal SET last_result = last_result - 1 WHERE batch_key = 1 AND first_result = 1",
        "journal",
        "first and last result",
    ),
    (
        "seats were assigned before they were bought",
        "UPDATE journal SET sequence = -1 WHERE sequence = 3; \
         UPDATE journal SET sequence = 3 WHERE batch_key = 1 AND first_result = 1; \
         UPDATE journal SET sequence = 7 WHERE sequence = -1",
        "journal",
        "which had 0",
    ),
    (
        "chunks are journaled in another order",
        "UPDATE journal SET sequence = -1 WHERE sequence = 7; \
         UPDATE journal SET sequence = 7 WHERE sequence = 8; \
         UPDATE journal SET sequence = 8 WHERE sequence = -1",
        "journal",
        "its results begin with",
    ),
    (
        "a batch counts too few processed users",
        "UPDATE batches SET processed_count = processed_count - 1 WHERE batch_key = 1",
        "batches",
        "processed_count",
    ),
    (
        "a batch has the tally of another batch",
        "UPDATE batches SET tally = (SELECT tally FROM batches WHERE batch_key = 2) \
         WHERE batch_key = 1",
        "batches",
        "outcomes",
    ),
    (
        "a batch counts the violations of another batch",
        "UPDATE batches SET tally = (SELECT tally FROM batches WHERE batch_key = 3) \
         WHERE batch_key = 4",
        "batches",
        "violations",
    ),
    (
        "a batch counts too many users",
        "UPDATE batches SET user_count = user_count + 1 WHERE batch_key = 1",
        "batches",
        "user_count",
    ),
    (
        "an ended batch is marked as running",
        "UPDATE batches SET state = 2 WHERE batch_key = 1",
        "batches",
        "has not ended",
    ),
    (
        "a batch is marked as not accepted",
        "UPDATE batches SET state = 1 WHERE batch_key = 1",
        "batches",
        "whether it is accepted",
    ),
    (
        "an ended batch has a cancel request",
        "UPDATE batches SET cancel_requested = (1 = 1) WHERE batch_key = 1",
        "batches",
        "to be cancelled",
    ),
    (
        "an ended batch has no end time",
        "UPDATE batches SET end_time = NULL WHERE batch_key = 1",
        "batches",
        "without an end",
    ),
    (
        "an ended batch has a lease",
        "UPDATE batches SET lease_owner = 'ghost' WHERE batch_key = 1",
        "batches",
        "holds a lease",
    ),
    (
        "an ended batch has an open user stream",
        "UPDATE batches SET user_stream_open = (1 = 1) WHERE batch_key = 1",
        "batches",
        "user stream is open",
    ),
    (
        "a running batch is missing",
        "DELETE FROM batches WHERE state = 2",
        "batches",
        "the row is missing",
    ),
    (
        "an ended batch is missing",
        "DELETE FROM batches WHERE batch_key = 1",
        "batch_segments",
        "it belongs to no batch",
    ),
    (
        "an ended batch and its segments are missing",
        "DELETE FROM batch_segments WHERE batch_key = 5; DELETE FROM batches WHERE batch_key = 5",
        "requests",
        "was not started with this request id",
    ),
    (
        "a segment is missing",
        "DELETE FROM batch_segments WHERE batch_key = 1 AND first_position = 8",
        "batch_segments",
        "the users before it end at",
    ),
    (
        "a segment counts too many users",
        "UPDATE batch_segments SET user_count = 9 WHERE batch_key = 1 AND first_position = 0",
        "batch_segments",
        "user_count",
    ),
    (
        "a segment has the users of another segment",
        "UPDATE batch_segments SET payload = (SELECT payload FROM batch_segments \
         WHERE batch_key = 1 AND first_position = 8) WHERE batch_key = 1 AND first_position = 0",
        "journal",
        "of other users",
    ),
    (
        "an idempotency record references another batch",
        "UPDATE requests SET batch_key = 2 WHERE request_id = 'once'",
        "requests",
        "was not started with this request id",
    ),
    (
        "an idempotency record is missing",
        "DELETE FROM requests WHERE request_id = 'once'",
        "requests",
        "it leads elsewhere",
    ),
    (
        "an idempotency record references a missing entry",
        "UPDATE requests SET journal_sequence = 999 WHERE request_id = 'single'",
        "requests",
        "no journal entry",
    ),
    (
        "two idempotency records reference one entry",
        "UPDATE requests SET journal_sequence = (SELECT journal_sequence FROM requests \
         WHERE request_id = 'single') WHERE request_id = 'purchase'",
        "requests",
        "as well",
    ),
    (
        "a customer counts too many users",
        "UPDATE customers SET user_count = user_count + 1",
        "customers",
        "user_count",
    ),
    (
        "a customer assigns user keys twice",
        "UPDATE customers SET last_user_key = 3",
        "customers",
        "last_user_key",
    ),
    (
        "a customer assigns batch keys twice",
        "UPDATE customers SET last_batch_key = 3",
        "customers",
        "last_batch_key",
    ),
    (
        "a customer has another display name",
        "UPDATE customers SET display_name = 'Somebody'",
        "customers",
        "display_name",
    ),
];

/// Applies each kind of damage to a sound storage, expects a finding, and restores the storage.
pub(crate) async fn each_is_found_and_named(storage: &Storage, damages: &[Damage]) {
    let sound = verify(storage).await;
    assert_eq!(sound.code, 0, "{sound:?}");
    let door = Backdoor::open(storage).await;
    let mut missed = Vec::new();
    for (damage, sql, table, what) in damages {
        door.run(sql).await;
        let ended = verify(storage).await;
        if !names(&ended, table, what) {
            missed.push(format!("{damage}: {}", ended.output));
        }
        door.restore().await;
    }
    assert!(missed.is_empty(), "not found: {missed:#?}");
    let sound = verify(storage).await;
    assert_eq!(sound.code, 0, "{sound:?}");
}

async fn every_damage_is_found_and_named(database: Database) {
    let storage = fixture::storage(database).await;
    each_is_found_and_named(&storage, DAMAGES).await;
}

#[tokio::test]
async fn on_sqlite_every_damage_is_found_and_named() {
    every_damage_is_found_and_named(Database::Sqlite).await;
}

#[tokio::test]
async fn on_postgres_every_damage_is_found_and_named() {
    every_damage_is_found_and_named(Database::Postgres).await;
}
