//! Finds licenses. Their key is customer, product, user. A chunk changes few products of many
//! users, so its rows, or on PostgreSQL its index entries, are stored next to each other
//! (docs/decisions/0017).
//!
//! The licenses of a user are found by one lookup for each product that the customer has an
//! entitlement to. Licenses of other products do not exist, because the entitlement counts their
//! seats.

use seatkeeper_domain::{ProductKey, RelevantProducts, UserKey};

use crate::sql::query::Query;
use crate::sql::user_keys::UserKeys;

/// The licenses of given products and users of one customer.
pub(in crate::sql) struct LicenseLookup<'a> {
    /// The placeholder of the customer's key.
    customer: &'a str,
    products: Products,
    user_keys: UserKeys<'a>,
}

enum Products {
    /// A SELECT of the products' keys, in a column named `product_key`.
    Selected(String),
    /// The placeholders of the products' keys.
    Bound(Vec<String>),
}

impl<'a> LicenseLookup<'a> {
    /// The licenses that are relevant to a change.
    pub(in crate::sql) fn relevant(
        query: &mut Query,
        customer: &'a str,
        relevant: &RelevantProducts,
        user_keys: UserKeys<'a>,
    ) -> Self {
        Self {
            customer,
            products: Products::Selected(entitled(query, customer, relevant)),
            user_keys,
        }
    }

    /// The licenses of these products.
    pub(in crate::sql) fn of(
        query: &mut Query,
        customer: &'a str,
        products: &[ProductKey],
        user_keys: UserKeys<'a>,
    ) -> Self {
        let products = integers(products).into_iter();
        Self {
            customer,
            products: Products::Bound(products.map(|product| query.bind(product)).collect()),
            user_keys,
        }
    }

    /// A table named `licenses` that contains only these licenses.
    pub(in crate::sql) fn table(&self, query: &mut Query) -> String {
        let licenses = if query.is_sqlite() {
            let condition = self.key_condition(query);
            format!("SELECT * FROM licenses WHERE {condition}")
        } else {
            self.nested_loop(query, "*")
        };
        format!("({licenses}) AS licenses")
    }

    /// The condition that a row of `licenses` is one of them. It may use row identifiers (`ctid`):
    /// the customer's lock keeps rows in place.
    pub(in crate::sql) fn condition(&self, query: &mut Query) -> String {
        let is_one_seek = self.products.is_one() && matches!(self.user_keys, UserKeys::Range(..));
        if query.is_sqlite() || is_one_seek {
            return self.key_condition(query);
        }
        format!("ctid = ANY(ARRAY({}))", self.nested_loop(query, "ctid"))
    }

    fn key_condition(&self, query: &mut Query) -> String {
        let products = match &self.products {
            Products::Selected(products) => products.clone(),
            Products::Bound(keys) => keys.join(", "),
        };
        let users = self.user_keys.condition(query);
        format!(
            "customer_key = {} AND product_key IN ({products}) AND {users}",
            self.customer
        )
    }

    /// Selects the licenses on PostgreSQL. Without statistics it would read all licenses of the
    /// customer instead of seeking users in each product. So each product, and each listed user,
    /// has its own subquery, and OFFSET prevents merging them.
    fn nested_loop(&self, query: &mut Query, columns: &str) -> String {
        let products = match &self.products {
            Products::Selected(products) => format!("({products}) AS product"),
            Products::Bound(keys) => {
                let rows = keys.iter().map(|key| format!("({key}::bigint)"));
                let rows = rows.collect::<Vec<_>>().join(", ");
                query.values("product", &["product_key"], &rows)
            }
        };
        let (listed, users) = match self.user_keys {
            UserKeys::Range(..) => (String::new(), self.user_keys.condition(query)),
            UserKeys::FilteredRange(_, _, keys) | UserKeys::List(keys) => (
                format!(" CROSS JOIN {}", query.integers(keys)),
                "user_key = listed.value".to_owned(),
            ),
        };
        format!(
            "SELECT found.* FROM {products}{listed} CROSS JOIN LATERAL \
             (SELECT {columns} FROM licenses WHERE customer_key = {} \
             AND product_key = product.product_key AND {users} OFFSET 0) AS found",
            self.customer
        )
    }
}

impl Products {
    fn is_one(&self) -> bool {
        matches!(self, Self::Bound(keys) if keys.len() == 1)
    }
}

/// A table named `licenses` with all licenses that can be among the first `limit` from user `from`
/// on, by user and product. They are not stored in that order, so they must be sorted. The rows to
/// sort are bounded: each product adds little more than one page.
pub(super) fn of_all_users(query: &mut Query, customer: &str, from: UserKey, limit: i64) -> String {
    let from = query.bind(from.0);
    // One more, because a license of the first user may be before the page.
    let enough = query.bind(limit.saturating_add(1));
    let entitled = entitled(query, customer, &RelevantProducts::All);
    if query.is_sqlite() {
        // A product with this many rows fills the page alone, so no license after its last row is
        // on the page.
        return format!(
            "(SELECT * FROM licenses WHERE customer_key = {customer} \
             AND product_key IN ({entitled}) AND user_key >= {from} AND user_key <= \
             (SELECT COALESCE(MIN((SELECT MAX(user_key) FROM \
             (SELECT licenses.user_key FROM licenses WHERE licenses.customer_key = {customer} \
             AND licenses.product_key = entitlements.product_key AND licenses.user_key >= {from} \
             ORDER BY licenses.user_key LIMIT {enough}) HAVING COUNT(*) = {enough})), {LAST_USER}) \
             FROM entitlements WHERE customer_key = {customer})) AS licenses"
        );
    }
    format!(
        "(SELECT found.* FROM ({entitled}) AS product CROSS JOIN LATERAL \
         (SELECT * FROM licenses WHERE customer_key = {customer} \
         AND product_key = product.product_key AND user_key >= {from} \
         ORDER BY user_key LIMIT {enough}) AS found) AS licenses"
    )
}

/// The greatest possible user key.
const LAST_USER: i64 = i64::MAX;

/// Selects the products that the customer has an entitlement to, restricted to the relevant ones.
fn entitled(query: &mut Query, customer: &str, relevant: &RelevantProducts) -> String {
    let entitled = format!("SELECT product_key FROM entitlements WHERE customer_key = {customer}");
    match relevant {
        RelevantProducts::All => entitled,
        RelevantProducts::Only(products) => {
            let relevant = query.is_one_of("product_key", &integers(products));
            format!("{entitled} AND {relevant}")
        }
    }
}

fn integers(products: &[ProductKey]) -> Vec<i64> {
    products.iter().map(|product| product.0.into()).collect()
}
