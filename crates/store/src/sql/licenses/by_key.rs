//! Finds listed licenses by their whole key, in `licenses` and in the checkpoint of a journal.

use crate::sql::query::Query;

/// The condition that a row of `table` is `listed`.
pub(in crate::sql) fn is_listed(query: &Query, table: &str, listed: &str) -> String {
    if query.is_sqlite() {
        return format!(
            "(customer_key, product_key, user_key) IN \
             (SELECT customer_key, product_key, user_key FROM {listed})"
        );
    }
    format!(
        "ctid = ANY(ARRAY(SELECT tid FROM {}))",
        with_tids(table, listed)
    )
}

/// The table `listed`, and the condition that joins it with the rows of `table`.
pub(in crate::sql) fn joined(query: &Query, table: &str, listed: String) -> (String, String) {
    if query.is_sqlite() {
        return (listed, is_same(table));
    }
    (
        with_tids(table, &listed),
        format!("{table}.ctid = listed.tid"),
    )
}

/// The table `listed` with the row identifier (`ctid`) of each license on PostgreSQL, found by one
/// lookup each.
fn with_tids(table: &str, listed: &str) -> String {
    format!(
        "(SELECT listed.*, found.tid FROM {listed} CROSS JOIN LATERAL \
         (SELECT ctid AS tid FROM {table} WHERE {} OFFSET 0) AS found) AS listed",
        is_same(table)
    )
}

fn is_same(table: &str) -> String {
    let equal = ["customer_key", "product_key", "user_key"]
        .map(|column| format!("{table}.{column} = listed.{column}"));
    equal.join(" AND ")
}
