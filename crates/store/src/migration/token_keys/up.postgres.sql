-- The keys that authenticate page tokens. They belong to no customer: all servers of the database
-- share them. The primary key lets only one server add the next key.

CREATE TABLE token_keys (
    key_id BIGINT PRIMARY KEY,
    secret BYTEA NOT NULL,
    create_time BIGINT NOT NULL
);
