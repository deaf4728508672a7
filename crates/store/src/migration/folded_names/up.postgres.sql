-- The same columns as on SQLite, so that both engines run the same statements.

DROP INDEX users_by_display_name;
DROP INDEX users_by_principal_name;
ALTER TABLE users
    ADD COLUMN display_name_folded TEXT COLLATE "C"
        GENERATED ALWAYS AS (lower(display_name)) STORED,
    ADD COLUMN principal_name_folded TEXT COLLATE "C"
        GENERATED ALWAYS AS (lower(principal_name)) STORED;
CREATE INDEX users_by_display_name ON users (customer_key, display_name_folded, user_key);
CREATE INDEX users_by_principal_name ON users (customer_key, principal_name_folded, user_key);
