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
-- Whoever removes expired selections looks for those of any customer.
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
-- A user who is deleted is looked for in every selection of the customer.
CREATE INDEX selection_blocks_by_block ON selection_blocks (customer_key, block, selection_key);
