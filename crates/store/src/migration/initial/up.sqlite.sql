-- Times are microseconds since the Unix epoch. Enumerations are the integers of src/sql/code.rs.
-- Narrow tables that are read by ranges of their key are clustered by it (WITHOUT ROWID);
-- tables with large payloads are not, because those would crowd out keys from their pages.
-- Licenses refer to users without a foreign key: both change under the customer's lock alone,
-- and a check for each row would double the cost of writing a chunk.

CREATE TABLE catalogs (
    version INTEGER PRIMARY KEY NOT NULL,
    actor TEXT NOT NULL,
    create_time INTEGER NOT NULL,
    payload BLOB NOT NULL
) STRICT;

CREATE TABLE customers (
    customer_key INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    customer_id TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    user_count INTEGER NOT NULL,
    last_user_key INTEGER NOT NULL,
    last_batch_key INTEGER NOT NULL,
    journal_sequence INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    customer_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    principal_name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    department TEXT NOT NULL,
    job_title TEXT NOT NULL,
    usage_location TEXT NOT NULL, -- empty when unknown
    state INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    PRIMARY KEY (customer_key, user_key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_by_id ON users (customer_key, user_id);
CREATE INDEX users_by_display_name ON users (customer_key, lower(display_name), user_key);
CREATE INDEX users_by_principal_name ON users (customer_key, lower(principal_name), user_key);
CREATE INDEX users_by_update_time ON users (customer_key, update_time, user_key);

CREATE TABLE deleted_users (
    customer_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (customer_key, user_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE licenses (
    customer_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    disabled_plans TEXT NOT NULL, -- plan keys, ascending, separated by spaces
    assign_time INTEGER NOT NULL,
    changed_by INTEGER NOT NULL, -- a journal sequence
    PRIMARY KEY (customer_key, user_key, product_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE entitlements (
    customer_key INTEGER NOT NULL REFERENCES customers,
    product_key INTEGER NOT NULL,
    assigned INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    PRIMARY KEY (customer_key, product_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE purchases (
    customer_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    position INTEGER NOT NULL, -- oldest first, from 0
    purchase_id TEXT NOT NULL,
    seats INTEGER NOT NULL,
    start_time INTEGER NOT NULL,
    end_time INTEGER,
    PRIMARY KEY (customer_key, product_key, position),
    FOREIGN KEY (customer_key, product_key) REFERENCES entitlements
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    customer_key INTEGER NOT NULL REFERENCES customers,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    actor TEXT NOT NULL,
    -- A batch's results in this entry, where it holds some.
    batch_key INTEGER,
    first_result INTEGER,
    last_result INTEGER,
    payload BLOB NOT NULL,
    PRIMARY KEY (customer_key, sequence)
) STRICT;
CREATE INDEX journal_by_result ON journal (customer_key, batch_key, last_result)
    WHERE batch_key IS NOT NULL;

CREATE TABLE batches (
    customer_key INTEGER NOT NULL REFERENCES customers,
    batch_key INTEGER NOT NULL,
    batch_id TEXT NOT NULL,
    state INTEGER NOT NULL,
    user_count INTEGER NOT NULL,
    duplicate_count INTEGER NOT NULL,
    intake_open INTEGER NOT NULL,
    intake_interrupted INTEGER NOT NULL,
    processed_count INTEGER NOT NULL,
    cancel_requested INTEGER NOT NULL,
    lease_owner TEXT,
    lease_until INTEGER,
    lease_epoch INTEGER NOT NULL,
    start_time INTEGER,
    end_time INTEGER,
    spec BLOB NOT NULL,
    tally BLOB NOT NULL,
    PRIMARY KEY (customer_key, batch_key)
) STRICT;
CREATE UNIQUE INDEX batches_by_id ON batches (customer_key, batch_id);
-- State 1 is Preparing, 2 is Running.
CREATE INDEX batches_unfinished ON batches (customer_key, batch_key) WHERE state IN (1, 2);

CREATE TABLE batch_segments (
    customer_key INTEGER NOT NULL,
    batch_key INTEGER NOT NULL,
    first_position INTEGER NOT NULL,
    user_count INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (customer_key, batch_key, first_position),
    FOREIGN KEY (customer_key, batch_key) REFERENCES batches
) STRICT;

CREATE TABLE reservations (
    customer_key INTEGER NOT NULL,
    batch_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    PRIMARY KEY (customer_key, batch_key, product_key),
    FOREIGN KEY (customer_key, batch_key) REFERENCES batches
) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
    customer_key INTEGER NOT NULL REFERENCES customers,
    request_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    -- Exactly one of these says what the request led to.
    batch_key INTEGER,
    journal_sequence INTEGER,
    create_time INTEGER NOT NULL,
    PRIMARY KEY (customer_key, request_id),
    CHECK ((batch_key IS NULL) <> (journal_sequence IS NULL))
) STRICT, WITHOUT ROWID;
