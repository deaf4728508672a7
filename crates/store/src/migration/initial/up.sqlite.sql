-- This text is frozen once a release has it: later migrations change the schema.
--
-- Times are microseconds since the Unix epoch. Enumerations are the integers of src/sql/enum_codes.rs.
-- Narrow tables that are read by ranges of their key are clustered by it (WITHOUT ROWID).
-- Tables with large payloads are not: payloads would crowd keys out of the pages.
-- Licenses, holders and waitlist entries refer to users without a foreign key: they change only under
-- the customer's lock, and a check of each row would double the cost of writing a chunk.

CREATE TABLE catalogs (
    version INTEGER PRIMARY KEY NOT NULL,
    principal TEXT NOT NULL,
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
    journal_checkpoint INTEGER NOT NULL, -- the last entry that retention deleted; 0 for none
    journal_begin_time INTEGER NOT NULL, -- the time of the first entry that is stored
    waitlist_count INTEGER NOT NULL, -- entries of all queues
    last_waitlist_sequence INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL
) STRICT;
-- The retention job looks for old entries among all customers.
CREATE INDEX customers_by_journal_begin_time ON customers (journal_begin_time, customer_key);

CREATE TABLE users (
    customer_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    sign_in_name TEXT NOT NULL,
    display_name TEXT NOT NULL,
    department TEXT NOT NULL,
    job_title TEXT NOT NULL,
    usage_location TEXT NOT NULL, -- empty when unknown
    state INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    -- Columns, because SQLite seeks a row of values (a name and the key that breaks its ties) in an
    -- index of columns, not in an index of expressions.
    display_name_case_folded TEXT GENERATED ALWAYS AS (lower(display_name)) VIRTUAL,
    sign_in_name_case_folded TEXT GENERATED ALWAYS AS (lower(sign_in_name)) VIRTUAL,
    PRIMARY KEY (customer_key, user_key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX users_by_id ON users (customer_key, user_id);
CREATE INDEX users_by_display_name ON users (customer_key, display_name_case_folded, user_key);
CREATE INDEX users_by_sign_in_name ON users (customer_key, sign_in_name_case_folded, user_key);
CREATE INDEX users_by_update_time ON users (customer_key, update_time, user_key);

CREATE TABLE deleted_users (
    customer_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    user_id TEXT NOT NULL,
    PRIMARY KEY (customer_key, user_key)
) STRICT, WITHOUT ROWID;

-- The key is by product: a chunk changes few products of many users, and those rows are then on
-- neighboring pages.
CREATE TABLE licenses (
    customer_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    disabled_plans TEXT NOT NULL, -- plan keys, ascending, separated by spaces
    assign_time INTEGER NOT NULL,
    changed_by INTEGER NOT NULL, -- a journal sequence
    PRIMARY KEY (customer_key, product_key, user_key)
) STRICT, WITHOUT ROWID;

-- The holders of each product, and of each product with a plan disabled: summaries count these sets
-- instead of reading licenses.
CREATE TABLE license_holders (
    customer_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    plan_key INTEGER NOT NULL, -- the plan that these holders have disabled; -1 for all holders
    block INTEGER NOT NULL, -- the user keys of these users without their lowest 16 bits
    users BLOB NOT NULL, -- a bitmap in the portable Roaring format
    PRIMARY KEY (customer_key, product_key, plan_key, block)
) STRICT;

CREATE TABLE entitlements (
    customer_key INTEGER NOT NULL REFERENCES customers,
    product_key INTEGER NOT NULL,
    assigned INTEGER NOT NULL,
    reserved INTEGER NOT NULL,
    waitlisted INTEGER NOT NULL,
    -- When the queue is examined next; NULL when only another transaction can free a seat.
    waitlist_due INTEGER,
    revision INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    PRIMARY KEY (customer_key, product_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX entitlements_due ON entitlements (customer_key, product_key)
    WHERE waitlist_due IS NOT NULL;

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

-- The key is the order in which seats are given.
CREATE TABLE waitlist (
    customer_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    rank INTEGER NOT NULL, -- minus the priority
    sequence INTEGER NOT NULL, -- the order of arrival
    user_key INTEGER NOT NULL,
    change_key INTEGER NOT NULL, -- the same for all entries that wait for one change of a user
    change TEXT NOT NULL, -- as src/sql/waitlist/text.rs has it
    batch_key INTEGER, -- NULL for a single call
    principal TEXT NOT NULL,
    revision INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    PRIMARY KEY (customer_key, product_key, rank, sequence)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX waitlist_by_user ON waitlist (customer_key, user_key, product_key);

CREATE TABLE journal (
    customer_key INTEGER NOT NULL REFERENCES customers,
    sequence INTEGER NOT NULL,
    time INTEGER NOT NULL,
    principal TEXT NOT NULL,
    -- A batch's results in this entry, where it holds some.
    batch_key INTEGER,
    first_result INTEGER,
    last_result INTEGER,
    payload BLOB NOT NULL,
    PRIMARY KEY (customer_key, sequence)
) STRICT;
CREATE INDEX journal_by_result ON journal (customer_key, batch_key, last_result)
    WHERE batch_key IS NOT NULL;

-- The state that the deleted journal entries led to, without licenses.
CREATE TABLE journal_checkpoints (
    customer_key INTEGER PRIMARY KEY NOT NULL REFERENCES customers,
    payload BLOB NOT NULL
) STRICT;

-- The licenses held when the last deleted entry was written.
CREATE TABLE checkpoint_licenses (
    customer_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    disabled_plans TEXT NOT NULL, -- plan keys, ascending, separated by spaces
    assign_time INTEGER NOT NULL,
    changed_by INTEGER NOT NULL, -- a journal sequence
    PRIMARY KEY (customer_key, user_key, product_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
    customer_key INTEGER NOT NULL REFERENCES customers,
    batch_key INTEGER NOT NULL,
    batch_id TEXT NOT NULL,
    state INTEGER NOT NULL,
    user_count INTEGER NOT NULL,
    duplicate_count INTEGER NOT NULL,
    user_stream_open INTEGER NOT NULL,
    user_stream_interrupted INTEGER NOT NULL,
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
-- The retention job looks for old batches among all customers.
CREATE INDEX batches_by_end_time ON batches (end_time, customer_key, batch_key)
    WHERE end_time IS NOT NULL;

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
-- The retention job looks for old requests among all customers. A request that led to a batch is
-- deleted with the batch.
CREATE INDEX requests_by_create_time ON requests (create_time, customer_key)
    WHERE journal_sequence IS NOT NULL;

CREATE TABLE selections (
    customer_key INTEGER NOT NULL REFERENCES customers,
    selection_key INTEGER NOT NULL,
    selection_id TEXT NOT NULL,
    display_name TEXT NOT NULL,
    idle_ttl INTEGER NOT NULL, -- microseconds
    user_count INTEGER NOT NULL,
    expire_time INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    PRIMARY KEY (customer_key, selection_key)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX selections_by_id ON selections (customer_key, selection_id);
-- The retention job looks for expired selections among all customers.
CREATE INDEX selections_by_expire_time ON selections (expire_time);

-- The users of a selection whose keys share all but their lowest 16 bits, as a Roaring bitmap.
CREATE TABLE selection_blocks (
    customer_key INTEGER NOT NULL,
    selection_key INTEGER NOT NULL,
    block INTEGER NOT NULL,
    users BLOB NOT NULL,
    PRIMARY KEY (customer_key, selection_key, block),
    FOREIGN KEY (customer_key, selection_key) REFERENCES selections
) STRICT;
-- Deleting a user removes the user from every selection of the customer.
CREATE INDEX selection_blocks_by_block ON selection_blocks (customer_key, block, selection_key);

-- The keys that authenticate page tokens. They belong to no customer: all servers of the database
-- share them. The primary key lets only one server add the next key.
CREATE TABLE token_keys (
    key_id INTEGER PRIMARY KEY NOT NULL,
    secret BLOB NOT NULL,
    create_time INTEGER NOT NULL
) STRICT;
