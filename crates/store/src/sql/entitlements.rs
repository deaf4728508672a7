use std::collections::BTreeMap;

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    Statement,
};
use seatkeeper_domain::{CustomerKey, Entitlement, ProductKey, Purchase, PurchaseId, Timestamp};

use super::enum_codes;
use super::error::{classify, corrupt};
use super::query::{Column, Query};
use crate::StoreResult;
use crate::entity::{entitlement, purchase};

const TABLE: &str = "entitlements";

/// The entitlements to these products, or to all; takes two statements.
pub(super) async fn read(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    products: Option<&[ProductKey]>,
) -> StoreResult<Vec<Entitlement>> {
    let mut seats =
        entitlement::Entity::find().filter(entitlement::Column::CustomerKey.eq(customer.0));
    let mut purchases =
        purchase::Entity::find().filter(purchase::Column::CustomerKey.eq(customer.0));
    if let Some(products) = products {
        let keys = products
            .iter()
            .copied()
            .map(enum_codes::product)
            .collect::<StoreResult<Vec<_>>>()?;
        seats = seats.filter(entitlement::Column::ProductKey.is_in(keys.iter().copied()));
        purchases = purchases.filter(purchase::Column::ProductKey.is_in(keys));
    }
    let seats = seats.order_by_asc(entitlement::Column::ProductKey);
    let purchases = purchases
        .order_by_asc(purchase::Column::ProductKey)
        .order_by_asc(purchase::Column::Position);
    let seats = seats.all(db).await.map_err(classify)?;
    let mut by_product = BTreeMap::<i32, Vec<Purchase>>::new();
    for row in purchases.all(db).await.map_err(classify)? {
        let product = row.product_key;
        by_product
            .entry(product)
            .or_default()
            .push(parse_purchase(&row)?);
    }
    seats
        .into_iter()
        .map(|row| {
            let purchases = by_product.remove(&row.product_key).unwrap_or_default();
            parse(&row, purchases)
        })
        .collect()
}

/// Inserts or replaces an entitlement with its purchases, except for the seat counters.
pub(super) async fn save(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    entitlement: &Entitlement,
) -> StoreResult<()> {
    let product = enum_codes::product(entitlement.product)?;
    let row = entitlement::ActiveModel {
        customer_key: Set(customer.0),
        product_key: Set(product),
        assigned: Set(0),
        reserved: Set(0),
        waitlisted: Set(0),
        waitlist_due: Set(None),
        revision: Set(entitlement.revision),
        create_time: Set(entitlement.create_time.as_micros()),
        update_time: Set(entitlement.update_time.as_micros()),
    };
    let replaced = OnConflict::columns([
        entitlement::Column::CustomerKey,
        entitlement::Column::ProductKey,
    ])
    .update_columns([
        entitlement::Column::Revision,
        entitlement::Column::CreateTime,
        entitlement::Column::UpdateTime,
    ])
    .to_owned();
    entitlement::Entity::insert(row)
        .on_conflict(replaced)
        .exec_without_returning(db)
        .await
        .map_err(classify)?;
    save_purchases(db, customer, product, &entitlement.purchases).await
}

async fn save_purchases(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    product: i32,
    purchases: &[Purchase],
) -> StoreResult<()> {
    purchase::Entity::delete_many()
        .filter(purchase::Column::CustomerKey.eq(customer.0))
        .filter(purchase::Column::ProductKey.eq(product))
        .exec(db)
        .await
        .map_err(classify)?;
    if purchases.is_empty() {
        return Ok(());
    }
    let rows = purchases
        .iter()
        .zip(0..)
        .map(|(purchase, position)| purchase::ActiveModel {
            customer_key: Set(customer.0),
            product_key: Set(product),
            position: Set(position),
            purchase_id: Set(purchase.id.as_str().to_owned()),
            seats: Set(purchase.seats),
            start_time: Set(purchase.start_time.as_micros()),
            end_time: Set(purchase.end_time.map(Timestamp::as_micros)),
        });
    purchase::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

/// A counter in the row of an entitlement.
#[derive(Debug, Clone, Copy)]
pub(super) enum Counter {
    Assigned,
    Reserved,
    Waitlisted,
}

/// Adds to a counter of each product's entitlement, in one statement.
pub(super) async fn add(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    counter: Counter,
    deltas: &[(ProductKey, i64)],
) -> StoreResult<()> {
    if deltas.is_empty() {
        return Ok(());
    }
    let updated = db
        .execute_raw(addition(db, customer, counter, deltas))
        .await
        .map_err(classify)?;
    if updated.rows_affected() == deltas.len() as u64 {
        return Ok(());
    }
    let products: Vec<_> = deltas.iter().map(|&(product, _)| product).collect();
    let what = "seats change for a product without an entitlement";
    Err(corrupt(TABLE, (customer, products), what))
}

/// The statement behind [`add`].
pub(super) fn addition(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    counter: Counter,
    deltas: &[(ProductKey, i64)],
) -> Statement {
    let column = match counter {
        Counter::Assigned => "assigned",
        Counter::Reserved => "reserved",
        Counter::Waitlisted => "waitlisted",
    };
    let mut query = Query::new(db);
    let listed = query.rows(
        customer,
        vec![
            (
                "product_key",
                Column::Integers(
                    deltas
                        .iter()
                        .map(|&(product, _)| product.0.into())
                        .collect(),
                ),
            ),
            (
                "delta",
                Column::Integers(deltas.iter().map(|&(_, delta)| delta).collect()),
            ),
        ],
    );
    query.statement(format!(
        "UPDATE entitlements SET {column} = {column} + listed.delta FROM {listed} \
         WHERE entitlements.customer_key = listed.customer_key \
         AND entitlements.product_key = listed.product_key"
    ))
}

fn parse(row: &entitlement::Model, purchases: Vec<Purchase>) -> StoreResult<Entitlement> {
    let product = enum_codes::parse_product(row.product_key).ok_or_else(|| {
        let key = (row.customer_key, row.product_key);
        corrupt(TABLE, key, "the product's key is negative")
    })?;
    Ok(Entitlement {
        product,
        purchases,
        assigned: row.assigned,
        reserved: row.reserved,
        waitlisted: row.waitlisted,
        revision: row.revision,
        create_time: Timestamp::from_micros(row.create_time),
        update_time: Timestamp::from_micros(row.update_time),
    })
}

fn parse_purchase(row: &purchase::Model) -> StoreResult<Purchase> {
    let key = (row.customer_key, row.product_key, row.position);
    Ok(Purchase {
        id: PurchaseId::parse(&row.purchase_id)
            .map_err(|error| corrupt("purchases", key, error))?,
        seats: row.seats,
        start_time: Timestamp::from_micros(row.start_time),
        end_time: row.end_time.map(Timestamp::from_micros),
    })
}
