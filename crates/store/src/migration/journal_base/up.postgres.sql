-- The last entry that was removed from the beginning of the journal, and the time of the first one
-- that is left.
ALTER TABLE customers ADD COLUMN journal_base BIGINT NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN journal_begin_time BIGINT NOT NULL DEFAULT 0;
UPDATE customers SET journal_begin_time = create_time;
-- Whoever removes old entries looks for them among all customers.
CREATE INDEX customers_by_journal_begin_time ON customers (journal_begin_time, customer_key);

-- What the removed entries came to, but for licenses.
CREATE TABLE journal_bases (
    customer_key BIGINT PRIMARY KEY REFERENCES customers,
    payload BYTEA NOT NULL
);

-- The licenses held when the last of the removed entries was written.
CREATE TABLE base_licenses (
    customer_key BIGINT NOT NULL,
    user_key BIGINT NOT NULL,
    product_key INTEGER NOT NULL,
    disabled_plans TEXT NOT NULL, -- plan keys, ascending, separated by spaces
    assign_time BIGINT NOT NULL,
    changed_by BIGINT NOT NULL, -- a journal sequence
    PRIMARY KEY (customer_key, user_key, product_key)
);
