use sea_orm::ConnectionTrait;
use seatkeeper_domain::{CustomerKey, JournalSequence, ProductKey, RelevantProducts, UserKey};

use super::{LicenseLookup, TABLE};
use crate::sql::error::{classify, corrupt};
use crate::sql::query::Query;
use crate::sql::user_keys::UserKeys;
use crate::{LicenseVersion, StoreResult};

/// For each license of these users the last change, ascending by user, then by product. The
/// database aggregates the columns, as for the licenses of a chunk.
pub(in crate::sql) async fn versions(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    users: &[UserKey],
) -> StoreResult<Vec<LicenseVersion>> {
    let mut keys: Vec<i64> = users.iter().map(|user| user.0).collect();
    keys.sort_unstable();
    keys.dedup();
    let Some(user_keys) = UserKeys::covering(&keys) else {
        return Ok(Vec::new());
    };
    let mut query = Query::new(db);
    let customer_key = query.bind(customer.0);
    let relevant = &RelevantProducts::All;
    let lookup = LicenseLookup::relevant(&mut query, &customer_key, relevant, user_keys);
    let licenses = lookup.table(&mut query);
    let line = "CAST(user_key AS TEXT) || ' ' || CAST(product_key AS TEXT) || ' ' || \
                CAST(changed_by AS TEXT)";
    let aggregated = query.aggregated(line);
    let text = format!("SELECT {aggregated} FROM {licenses}");
    let row = db.query_one_raw(query.statement(text)).await;
    let row = row.map_err(classify)?;
    let aggregated: Option<String> = match row {
        Some(row) => row.try_get_by_index(0).map_err(classify)?,
        None => None,
    };
    let lines = aggregated.iter().flat_map(|lines| lines.split('\n'));
    let versions = lines.map(parse).collect::<Option<Vec<_>>>();
    let mut versions =
        versions.ok_or_else(|| corrupt(TABLE, customer, "an aggregated row can't be read"))?;
    // The range may include users between the requested ones.
    versions.retain(|version| keys.binary_search(&version.user.0).is_ok());
    versions.sort_unstable_by_key(|version| (version.user, version.product));
    Ok(versions)
}

fn parse(line: &str) -> Option<LicenseVersion> {
    let mut cells = line.split(' ');
    let version = LicenseVersion {
        user: UserKey(cells.next()?.parse().ok()?),
        product: ProductKey(cells.next()?.parse().ok()?),
        changed_by: JournalSequence(cells.next()?.parse().ok()?),
    };
    cells.next().is_none().then_some(version)
}
