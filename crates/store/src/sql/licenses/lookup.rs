//! Finding licenses. Their key is by customer, by product, and then by user: a chunk changes few
//! products of many users, and those rows, or on PostgreSQL those entries of the index, lie together
//! (docs/decisions/0017).
//!
//! So what a user holds is found by asking for each product that the customer has an entitlement to.
//! There is no license of any other: its seat is counted with the entitlement.

use seatkeeper_domain::{ProductKey, RelevantProducts, UserKey};

use crate::sql::query::Query;
use crate::sql::user_keys::UserKeys;

/// Licenses of certain products and users of one customer.
pub(in crate::sql) struct LicenseLookup<'a> {
    /// The placeholder of the customer's key.
    customer: &'a str,
    products: Products,
    user_keys: UserKeys<'a>,
}

enum Products {
    /// A SELECT of their keys, under the name `product_key`.
    Selected(String),
    /// The placeholders of their keys.
    Bound(Vec<String>),
}

impl<'a> LicenseLookup<'a> {
    /// The licenses that have a bearing on a change.
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

    /// The table `licenses` of them alone.
    pub(in crate::sql) fn table(&self, query: &mut Query) -> String {
        let licenses = if query.is_sqlite() {
            let condition = self.key_condition(query);
            format!("SELECT * FROM licenses WHERE {condition}")
        } else {
            self.nested_loop(query, "*")
        };
        format!("({licenses}) AS licenses")
    }

    /// The condition that a row of `licenses` is one of them. Where rows are named by their place, the
    /// lock on the customer keeps them there.
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

    /// Selects them on PostgreSQL. While it has no statistics it would sooner read all licenses of the
    /// customer than seek certain users in each product, so each product, and each user of a list, has
    /// a subquery of its own, which OFFSET keeps apart.
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

/// The table `licenses` of everyone's that can be among the first `limit` by user and product from the
/// user `from` on. They don't lie in that order, so they are sorted, and what is sorted is bounded:
/// each product adds little more than the length of a page.
pub(super) fn of_all_users(query: &mut Query, customer: &str, from: UserKey, limit: i64) -> String {
    let from = query.bind(from.0);
    // One more where a license of the first user is no part of the page.
    let enough = query.bind(limit.saturating_add(1));
    let entitled = entitled(query, customer, &RelevantProducts::All);
    if query.is_sqlite() {
        // A product with that many fills the page alone, so none comes after its last one.
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

/// No user's key is greater.
const LAST_USER: i64 = i64::MAX;

/// Selects the products that the customer has, as far as they are relevant.
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
