-- A chunk changes few products of many users: by product those rows lie together, by user each
-- is on the page of whatever else its user holds.
CREATE TABLE licenses_by_product (
    customer_key INTEGER NOT NULL,
    user_key INTEGER NOT NULL,
    product_key INTEGER NOT NULL,
    disabled_plans TEXT NOT NULL, -- plan keys, ascending, separated by spaces
    assign_time INTEGER NOT NULL,
    changed_by INTEGER NOT NULL, -- a journal sequence
    PRIMARY KEY (customer_key, product_key, user_key)
) STRICT, WITHOUT ROWID;

-- As they lay, unsorted: a customer's products grow side by side, and nothing is kept in memory.
INSERT INTO licenses_by_product
SELECT customer_key, user_key, product_key, disabled_plans, assign_time, changed_by
FROM licenses;

-- Emptied first: dropping a table that is full keeps its pages in memory until it has succeeded.
DELETE FROM licenses;

DROP TABLE licenses;

ALTER TABLE licenses_by_product RENAME TO licenses;
