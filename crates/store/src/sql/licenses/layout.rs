//! How licenses lie. On SQLite rows lie in the order of their key, which is by product and then by
//! user: a chunk changes few products of many users, and those rows lie together. On PostgreSQL
//! rows lie wherever they were added, and its key is by user and then by product.
//!
//! So what a user holds is found on SQLite by asking for each product that the customer has an
//! entitlement to. There is no license of any other: its seat is counted with the entitlement.

use seatkeeper_domain::{ProductKey, RelevantProducts, UserKey};

use crate::sql::query::Query;

/// The condition that licenses of certain users are of relevant products; `customer` is the
/// placeholder of the customer's key.
pub(in crate::sql) fn of_relevant(
    query: &mut Query,
    customer: &str,
    relevant: &RelevantProducts,
) -> String {
    if query.is_sqlite() {
        return sought(query, customer, relevant);
    }
    match relevant {
        RelevantProducts::All => "TRUE".to_owned(),
        RelevantProducts::Only(products) => sieved(query, products),
    }
}

/// The products are asked for one by one.
fn sought(query: &mut Query, customer: &str, relevant: &RelevantProducts) -> String {
    let entitled = format!("SELECT product_key FROM entitlements WHERE customer_key = {customer}");
    let RelevantProducts::Only(products) = relevant else {
        return format!("product_key IN ({entitled})");
    };
    let relevant = query.is_one_of("product_key", &integers(products));
    format!("product_key IN ({entitled} AND {relevant})")
}

/// All products of the users are read, and the irrelevant ones passed over. Expressions instead of
/// the bare column keep the engine from looking up each product of each user.
fn sieved(query: &mut Query, products: &[ProductKey]) -> String {
    let keys = integers(products);
    let Some((&first, &last)) = keys.first().zip(keys.last()) else {
        return "FALSE".to_owned();
    };
    let between = format!(
        "(product_key + 0) BETWEEN {} AND {}",
        query.bind(first),
        query.bind(last)
    );
    if keys.len() == 1 {
        return between;
    }
    // Most products of a large catalog lie outside of the bounds, which are sooner compared.
    format!(
        "{between} AND {}",
        query.is_one_of("(product_key + 0)", &keys)
    )
}

/// The condition that licenses of everyone can be among the first `limit` by user and product that
/// begin with the user `from`: on SQLite, where they don't lie in that order, what is sorted is
/// bounded thereby.
///
/// A product with that many licenses fills the page alone, so none comes after its last one; it
/// has one more where a license of the first user is no part of the page. Each product thus adds
/// little more than the length of a page.
pub(super) fn of_page(query: &mut Query, customer: &str, from: UserKey, limit: i64) -> String {
    if !query.is_sqlite() {
        return "TRUE".to_owned();
    }
    let from = query.bind(from.0);
    let enough = query.bind(limit.saturating_add(1));
    let of_relevant = of_relevant(query, customer, &RelevantProducts::All);
    format!(
        "{of_relevant} AND user_key >= {from} AND user_key <= \
         (SELECT COALESCE(MIN((SELECT MAX(user_key) FROM \
         (SELECT licenses.user_key FROM licenses WHERE licenses.customer_key = {customer} \
         AND licenses.product_key = entitlements.product_key AND licenses.user_key >= {from} \
         ORDER BY licenses.user_key LIMIT {enough}) HAVING COUNT(*) = {enough})), {LAST_USER}) \
         FROM entitlements WHERE customer_key = {customer})"
    )
}

/// No user's key is greater.
const LAST_USER: i64 = i64::MAX;

/// A walk over licenses in the order in which they lie.
pub(super) struct Walk {
    pub(super) order: &'static str,
    /// The condition that a license comes after the one named.
    pub(super) after: String,
}

impl Walk {
    /// The walk from one license on, whose user and product are named by placeholders.
    pub(super) fn from(query: &Query, user: &str, product: &str) -> Self {
        if query.is_sqlite() {
            return Self {
                order: "product_key, user_key",
                after: format!("(product_key, user_key) > ({product}, {user})"),
            };
        }
        Self {
            order: "user_key, product_key",
            after: format!("(user_key, product_key) > ({user}, {product})"),
        }
    }
}

/// The table of each of these products for each of these users, in the order in which licenses
/// are to lie.
pub(super) fn joined(query: &Query, users: &str, products: &str) -> String {
    if query.is_sqlite() {
        format!("{products} CROSS JOIN {users}")
    } else {
        format!("{users} CROSS JOIN {products}")
    }
}

/// Brings licenses into the order in which they lie.
pub(super) fn sort<T>(query: &Query, rows: &mut [T], key: fn(&T) -> (i64, ProductKey)) {
    if query.is_sqlite() {
        rows.sort_unstable_by_key(|row| {
            let (user, product) = key(row);
            (product, user)
        });
    } else {
        rows.sort_unstable_by_key(key);
    }
}

fn integers(products: &[ProductKey]) -> Vec<i64> {
    products.iter().map(|product| product.0.into()).collect()
}
