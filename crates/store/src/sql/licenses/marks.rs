use sea_orm::ConnectionTrait;
use seatkeeper_domain::{CustomerKey, JournalSequence, ProductKey, RelevantProducts, UserKey};

use super::{Sought, TABLE};
use crate::sql::error::{classify, corrupt};
use crate::sql::query::Query;
use crate::sql::scope::Scope;
use crate::{LicenseMark, StoreResult};

/// Who changed each license of these users last, ascending by user, then by product. The database
/// packs them, as it does a chunk's licenses.
pub(in crate::sql) async fn marks(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    users: &[UserKey],
) -> StoreResult<Vec<LicenseMark>> {
    let mut keys: Vec<i64> = users.iter().map(|user| user.0).collect();
    keys.sort_unstable();
    keys.dedup();
    let Some(scope) = Scope::around(&keys) else {
        return Ok(Vec::new());
    };
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let relevant = &RelevantProducts::All;
    let sought = Sought::relevant(&mut query, &customer_key, relevant, scope);
    let licenses = sought.table(&mut query);
    let line = "CAST(user_key AS TEXT) || ' ' || CAST(product_key AS TEXT) || ' ' || \
                CAST(changed_by AS TEXT)";
    let packed = query.packed(line);
    let text = format!("SELECT {packed} FROM {licenses}");
    let row = db.query_one_raw(query.statement(text)).await;
    let row = row.map_err(classify)?;
    let packed: Option<String> = match row {
        Some(row) => row.try_get_by_index(0).map_err(classify)?,
        None => None,
    };
    let lines = packed.iter().flat_map(|lines| lines.split('\n'));
    let marks = lines.map(parse).collect::<Option<Vec<_>>>();
    let mut marks = marks.ok_or_else(|| corrupt(TABLE, customer, "a packed row can't be read"))?;
    // The scope may take in users between those asked for.
    marks.retain(|mark| keys.binary_search(&mark.user.0).is_ok());
    marks.sort_unstable_by_key(|mark| (mark.user, mark.product));
    Ok(marks)
}

fn parse(line: &str) -> Option<LicenseMark> {
    let mut cells = line.split(' ');
    let mark = LicenseMark {
        user: UserKey(cells.next()?.parse().ok()?),
        product: ProductKey(cells.next()?.parse().ok()?),
        changed_by: JournalSequence(cells.next()?.parse().ok()?),
    };
    cells.next().is_none().then_some(mark)
}
