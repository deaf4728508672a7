use sea_orm::{ConnectionTrait, FromQueryResult};
use seatkeeper_domain::{CustomerKey, ProductKey, UserKey, UserSet};

use super::{HolderChanges, TABLE, write};
use crate::StoreResult;
use crate::sql::code;
use crate::sql::error::{classify, corrupt};
use crate::sql::holdings::parse_plans;
use crate::sql::query::Query;

/// Licenses that are read, and added to the sets, at once.
const LICENSES_MAX: i64 = 20_000;

#[derive(FromQueryResult)]
struct Row {
    customer_key: i64,
    user_key: i64,
    product_key: i32,
    disabled_plans: String,
}

/// Makes the sets from the licenses there are.
pub(crate) async fn gather(db: &impl ConnectionTrait) -> StoreResult<()> {
    let mut after = (0, 0, -1);
    loop {
        let licenses = read(db, after).await?;
        let Some(last) = licenses.last() else {
            return Ok(());
        };
        after = (last.customer_key, last.user_key, last.product_key);
        for licenses in licenses.chunk_by(|one, next| one.customer_key == next.customer_key) {
            add(db, licenses).await?;
        }
    }
}

async fn read(db: &impl ConnectionTrait, after: (i64, i64, i32)) -> StoreResult<Vec<Row>> {
    let mut query = Query::new(db);
    let (customer, user) = (query.bind(after.0), query.bind(after.1));
    let (product, limit) = (query.bind(after.2), query.bind(LICENSES_MAX));
    let text = format!(
        "SELECT customer_key, user_key, product_key, disabled_plans FROM licenses \
         WHERE (customer_key, user_key, product_key) > ({customer}, {user}, {product}) \
         ORDER BY customer_key, user_key, product_key LIMIT {limit}"
    );
    let rows = Row::find_by_statement(query.statement(text)).all(db).await;
    rows.map_err(classify)
}

/// Adds licenses of one customer.
async fn add(db: &impl ConnectionTrait, licenses: &[Row]) -> StoreResult<()> {
    let mut changes = HolderChanges::default();
    for row in licenses {
        let key = (row.customer_key, row.user_key, row.product_key);
        let product: ProductKey = code::parse_product(row.product_key)
            .ok_or_else(|| corrupt(TABLE, key, "the product's key is negative"))?;
        let plans = parse_plans(&row.disabled_plans)
            .ok_or_else(|| corrupt(TABLE, key, "disabled plans can't be read"))?;
        let user: UserSet = [UserKey(row.user_key)].into_iter().collect();
        changes.assign(product, Some(&plans), &user);
    }
    let customer = licenses.first().map_or(0, |row| row.customer_key);
    write(db, CustomerKey(customer), changes).await
}
