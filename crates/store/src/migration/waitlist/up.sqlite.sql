-- How many entries all queues have, and the greatest place in the order of arrival ever given out.
ALTER TABLE customers ADD COLUMN waitlist_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE customers ADD COLUMN last_waitlist_sequence INTEGER NOT NULL DEFAULT 0;

ALTER TABLE entitlements ADD COLUMN waitlisted INTEGER NOT NULL DEFAULT 0;
-- When the queue is to be looked at next; NULL when only another transaction can make a seat free.
ALTER TABLE entitlements ADD COLUMN waitlist_due INTEGER;
CREATE INDEX entitlements_due ON entitlements (customer_key, product_key)
    WHERE waitlist_due IS NOT NULL;

-- The key is the order of serving. Like licenses, entries refer to users without a foreign key.
CREATE TABLE waitlist (
    customer_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    rank INTEGER NOT NULL, -- minus the priority
    sequence INTEGER NOT NULL, -- the order of arrival
    user_key INTEGER NOT NULL,
    change_key INTEGER NOT NULL, -- the same for all entries that wait for one change of a user
    change TEXT NOT NULL, -- as src/sql/waitlist/text.rs has it
    batch_key INTEGER, -- NULL for a single call
    actor TEXT NOT NULL,
    revision INTEGER NOT NULL,
    create_time INTEGER NOT NULL,
    update_time INTEGER NOT NULL,
    PRIMARY KEY (customer_key, product_key, rank, sequence)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX waitlist_by_user ON waitlist (customer_key, user_key, product_key);
