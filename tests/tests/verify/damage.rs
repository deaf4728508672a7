use seatkeeper_tests::{Database, Storage};

use crate::finding::{names, verify};
use crate::fixture;
use crate::sql::Backdoor;

/// A way to damage a database: what it is, how it is done, and the table and the words with which
/// it must be found.
pub(crate) type Damage = (&'static str, &'static str, &'static str, &'static str);

const DAMAGES: &[Damage] = &[
    (
        "a license is lost",
        "DELETE FROM licenses WHERE user_key = 7 AND product_key = 0",
        "licenses",
        "by the journal it is held",
    ),
    (
        "a license appears",
        "INSERT INTO licenses VALUES (1, 60, 2, '', 1, 1)",
        "licenses",
        "by the journal it is not held",
    ),
    (
        "plans are switched off",
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
        "a user who holds a license is gone",
        "DELETE FROM users WHERE user_key = 8",
        "licenses",
        "no such user",
    ),
    (
        "a holder is missing in the sets",
        "DELETE FROM license_holders WHERE product_key = 0 AND plan_key = -1",
        "license_holders",
        "users are missing",
    ),
    (
        "the sets have holders of what nobody holds",
        "INSERT INTO license_holders SELECT customer_key, 3, plan_key, block, users \
         FROM license_holders WHERE product_key = 0 AND plan_key = -1",
        "license_holders",
        "have no such license",
    ),
    (
        "who waits is not counted",
        "UPDATE customers SET waitlist_count = waitlist_count - 1",
        "customers",
        "waitlist_count",
    ),
    (
        "who waits for a product is not counted",
        "UPDATE entitlements SET waitlisted = waitlisted + 1 WHERE product_key = 0",
        "entitlements",
        "waitlisted",
    ),
    (
        "somebody waits who is gone",
        "UPDATE waitlist SET user_key = 999 WHERE user_key = \
         (SELECT max(user_key) FROM waitlist)",
        "waitlist",
        "no such user",
    ),
    (
        "somebody waits for what is held",
        "UPDATE waitlist SET user_key = 8 WHERE user_key = \
         (SELECT max(user_key) FROM waitlist) AND product_key = 0",
        "waitlist",
        "holds the product",
    ),
    (
        "a position in the queue is given out again",
        "UPDATE customers SET last_waitlist_sequence = 0",
        "waitlist",
        "the last given out is 0",
    ),
    (
        "a seat more is assigned",
        "UPDATE entitlements SET assigned = assigned + 1 WHERE product_key = 0",
        "entitlements",
        "assigned",
    ),
    (
        "a seat more is reserved",
        "UPDATE entitlements SET reserved = reserved + 1 WHERE product_key = 0",
        "entitlements",
        "reserved",
    ),
    (
        "what was set aside is lost",
        "DELETE FROM reservations",
        "entitlements",
        "reserved",
    ),
    (
        "seats are set aside for a batch that has ended",
        "INSERT INTO reservations VALUES (1, 1, 0, 2)",
        "reservations",
        "does not run",
    ),
    (
        "a seat more is bought",
        "UPDATE purchases SET seats = seats + 1 WHERE product_key = 0 AND position = 0",
        "purchases",
        "not those of the journal",
    ),
    (
        "an entitlement is lost",
        "DELETE FROM purchases WHERE product_key = 0; \
         DELETE FROM entitlements WHERE product_key = 0",
        "entitlements",
        "it is missing",
    ),
    (
        "a journal entry is lost",
        "DELETE FROM journal WHERE sequence = 3",
        "journal",
        "there is a gap",
    ),
    (
        "the journal's end is lost",
        "UPDATE customers SET journal_sequence = journal_sequence + 1",
        "customers",
        "journal_sequence",
    ),
    (
        "a journal entry is cut short",
        "UPDATE journal SET payload = substr(payload, 1, 7) WHERE batch_key = 1",
        "journal",
        "not checked",
    ),
    (
        "results are not found where they are",
        "UPDATE journal SET last_result = last_result - 1 WHERE batch_key = 1 AND first_result = 1",
        "journal",
        "first and last result",
    ),
    (
        "seats were given out before they were bought",
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
        "a batch is behind its results",
        "UPDATE batches SET processed_count = processed_count - 1 WHERE batch_key = 1",
        "batches",
        "processed_count",
    ),
    (
        "a batch has counted something else",
        "UPDATE batches SET tally = (SELECT tally FROM batches WHERE batch_key = 2) \
         WHERE batch_key = 1",
        "batches",
        "outcomes",
    ),
    (
        "a batch has counted other violations",
        "UPDATE batches SET tally = (SELECT tally FROM batches WHERE batch_key = 3) \
         WHERE batch_key = 4",
        "batches",
        "violations",
    ),
    (
        "a batch has a user more",
        "UPDATE batches SET user_count = user_count + 1 WHERE batch_key = 1",
        "batches",
        "user_count",
    ),
    (
        "a batch that has ended goes on",
        "UPDATE batches SET state = 2 WHERE batch_key = 1",
        "batches",
        "goes on",
    ),
    (
        "a batch was never accepted",
        "UPDATE batches SET state = 1 WHERE batch_key = 1",
        "batches",
        "whether it is accepted",
    ),
    (
        "a batch is to be cancelled",
        "UPDATE batches SET cancel_requested = (1 = 1) WHERE batch_key = 1",
        "batches",
        "to be cancelled",
    ),
    (
        "a batch that has ended has no end",
        "UPDATE batches SET end_time = NULL WHERE batch_key = 1",
        "batches",
        "without an end",
    ),
    (
        "a batch that has ended holds a lease",
        "UPDATE batches SET lease_owner = 'ghost' WHERE batch_key = 1",
        "batches",
        "holds a lease",
    ),
    (
        "a batch that has ended takes users in",
        "UPDATE batches SET user_stream_open = (1 = 1) WHERE batch_key = 1",
        "batches",
        "takes users in",
    ),
    (
        "a batch that goes on is lost",
        "DELETE FROM batches WHERE state = 2",
        "batches",
        "there is no such row",
    ),
    (
        "a batch that has ended is lost",
        "DELETE FROM batches WHERE batch_key = 1",
        "batch_segments",
        "it belongs to no batch",
    ),
    (
        "a batch that has ended is lost with its users",
        "DELETE FROM batch_segments WHERE batch_key = 5; DELETE FROM batches WHERE batch_key = 5",
        "requests",
        "was not made under it",
    ),
    (
        "a segment is lost",
        "DELETE FROM batch_segments WHERE batch_key = 1 AND first_position = 8",
        "batch_segments",
        "the users before it end at",
    ),
    (
        "a segment has fewer users than it says",
        "UPDATE batch_segments SET user_count = 9 WHERE batch_key = 1 AND first_position = 0",
        "batch_segments",
        "user_count",
    ),
    (
        "a segment is of other users",
        "UPDATE batch_segments SET payload = (SELECT payload FROM batch_segments \
         WHERE batch_key = 1 AND first_position = 8) WHERE batch_key = 1 AND first_position = 0",
        "journal",
        "of other users",
    ),
    (
        "a request leads to another batch",
        "UPDATE requests SET batch_key = 2 WHERE request_id = 'once'",
        "requests",
        "was not made under it",
    ),
    (
        "an idempotency record is deleted",
        "DELETE FROM requests WHERE request_id = 'once'",
        "requests",
        "it leads elsewhere",
    ),
    (
        "a request leads nowhere",
        "UPDATE requests SET journal_sequence = 999 WHERE request_id = 'single'",
        "requests",
        "no journal entry",
    ),
    (
        "two requests lead to one entry",
        "UPDATE requests SET journal_sequence = (SELECT journal_sequence FROM requests \
         WHERE request_id = 'single') WHERE request_id = 'purchase'",
        "requests",
        "as well",
    ),
    (
        "a customer has counted a user more",
        "UPDATE customers SET user_count = user_count + 1",
        "customers",
        "user_count",
    ),
    (
        "a customer gives keys of users out again",
        "UPDATE customers SET last_user_key = 3",
        "customers",
        "last_user_key",
    ),
    (
        "a customer gives keys of batches out again",
        "UPDATE customers SET last_batch_key = 3",
        "customers",
        "last_batch_key",
    ),
    (
        "a customer is called otherwise",
        "UPDATE customers SET display_name = 'Somebody'",
        "customers",
        "display_name",
    ),
];

/// Damages a sound storage in each of these ways, and brings it back each time.
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
