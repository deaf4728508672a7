-- A chunk changes few products of many users: by product those entries of the index lie together, by
-- user each is on the page of whatever else its user holds.
ALTER TABLE licenses
    DROP CONSTRAINT licenses_pkey,
    ADD CONSTRAINT licenses_pkey PRIMARY KEY (customer_key, product_key, user_key);
