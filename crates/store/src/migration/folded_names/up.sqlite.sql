-- SQLite seeks a row of values, such as a name and the key that breaks its ties, in an index of
-- columns, but not in one of expressions: there it would walk all users of the same name.

DROP INDEX users_by_display_name;
DROP INDEX users_by_principal_name;
ALTER TABLE users ADD COLUMN display_name_folded TEXT
    GENERATED ALWAYS AS (lower(display_name)) VIRTUAL;
ALTER TABLE users ADD COLUMN principal_name_folded TEXT
    GENERATED ALWAYS AS (lower(principal_name)) VIRTUAL;
CREATE INDEX users_by_display_name ON users (customer_key, display_name_folded, user_key);
CREATE INDEX users_by_principal_name ON users (customer_key, principal_name_folded, user_key);
