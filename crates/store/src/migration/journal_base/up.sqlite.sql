-- The last entry that was removed from the beginning of the journal, and the time of the first one
-- that is left.
ALTER TABLE customers ADD COLUMN journal_base INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN journal_begin_time INTEGER NOT NULL DEFAULT 0;
UPDATE customers SET journal_begin_time = create_time;
-- Whoever removes old entries looks for them among all customers.
CREATE INDEX customers_by_journal_begin_time ON customers (journal_begin_time, customer_key);

-- What the removed entries came to, but for licenses.
CREATE TABLE journal_bases (
    customer_key INTEGER PRIMARY KEY NOT NULL REFERENCES customers,
    payload BLOB NOT NULL
) STRICT;

-- The licenses held when the last of the removed entries was written.
CREATE TABLE base_licenses (
    customer_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    disabled_plans TEXT NOT NULL, -- plan keys, ascending, separated by spaces
    assign_time INTEGER NOT NULL,
    changed_by INTEGER NOT NULL, -- a journal sequence
    PRIMARY KEY (customer_key, user_key, product_key)
) STRICT, WITHOUT ROWID;
