-- Who holds each product, and with which plans off, as bitmaps of user keys: what summaries count
-- in place of the licenses themselves.

CREATE TABLE license_holders (
    customer_key BIGINT NOT NULL,
    product_key INTEGER NOT NULL,
    plan_key INTEGER NOT NULL, -- the plan that these holders have off; -1 for all holders
    block BIGINT NOT NULL, -- the user keys of these users without their lowest 16 bits
    users BYTEA NOT NULL, -- a bitmap in the portable Roaring format
    PRIMARY KEY (customer_key, product_key, plan_key, block)
);
