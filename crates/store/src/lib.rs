//! Durable state of Seatkeeper on SQLite and PostgreSQL.
