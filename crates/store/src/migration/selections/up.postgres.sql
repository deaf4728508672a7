CREATE TABLE selections (
    customer_key BIGINT NOT NULL REFERENCES customers,
    selection_key BIGINT NOT NULL,
    selection_id TEXT COLLATE "C" NOT NULL,
    display_name TEXT COLLATE "C" NOT NULL,
    idle_ttl BIGINT NOT NULL, -- microseconds
    user_count BIGINT NOT NULL,
    expire_time BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    PRIMARY KEY (customer_key, selection_key)
);
CREATE UNIQUE INDEX selections_by_id ON selections (customer_key, selection_id);
-- Whoever removes expired selections looks for those of any customer.
CREATE INDEX selections_by_expire_time ON selections (expire_time);

-- The users of a selection whose keys share all but their lowest 16 bits, as a Roaring bitmap.
CREATE TABLE selection_blocks (
    customer_key BIGINT NOT NULL,
    selection_key BIGINT NOT NULL,
    block BIGINT NOT NULL,
    users BYTEA NOT NULL,
    PRIMARY KEY (customer_key, selection_key, block),
    FOREIGN KEY (customer_key, selection_key) REFERENCES selections
);
-- A user who is deleted is looked for in every selection of the customer.
CREATE INDEX selection_blocks_by_block ON selection_blocks (customer_key, block, selection_key);
