use std::collections::BTreeMap;

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter,
    QueryOrder,
};
use seatkeeper_domain::{BatchKey, CustomerKey, ProductKey};

use super::entitlements::{self, Counter};
use super::enum_codes;
use super::error::{classify, corrupt, is_missing_reference};
use crate::entity::reservation;
use crate::{Reservation, StoreResult};

pub(super) async fn read(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    batch: BatchKey,
) -> StoreResult<Vec<(ProductKey, i64)>> {
    let rows = reservation::Entity::find()
        .filter(reservation::Column::CustomerKey.eq(customer.0))
        .filter(reservation::Column::BatchKey.eq(batch.0))
        .order_by_asc(reservation::Column::ProductKey)
        .all(db)
        .await
        .map_err(classify)?;
    let parsed = rows.iter().map(parse);
    parsed
        .map(|reservation| reservation.map(|parsed| (parsed.product, parsed.seats)))
        .collect()
}

/// All reservations, ascending by batch and product.
pub(super) async fn all(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
) -> StoreResult<Vec<Reservation>> {
    let rows = reservation::Entity::find()
        .filter(reservation::Column::CustomerKey.eq(customer.0))
        .order_by_asc(reservation::Column::BatchKey)
        .order_by_asc(reservation::Column::ProductKey)
        .all(db)
        .await
        .map_err(classify)?;
    rows.iter().map(parse).collect()
}

fn parse(row: &reservation::Model) -> StoreResult<Reservation> {
    let product = enum_codes::parse_product(row.product_key).ok_or_else(|| {
        let key = (row.customer_key, row.batch_key, row.product_key);
        corrupt("reservations", key, "the product's key is negative")
    })?;
    Ok(Reservation {
        batch: BatchKey(row.batch_key),
        product,
        seats: row.seats,
    })
}

/// Replaces a batch's reservations and updates the entitlements' counters. Returns the products
/// concerned.
pub(super) async fn replace(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    batch: BatchKey,
    seats: &[(ProductKey, i64)],
) -> StoreResult<Vec<ProductKey>> {
    let released = read(db, customer, batch).await?;
    if released == seats {
        return Ok(Vec::new());
    }
    let mut deltas = BTreeMap::<ProductKey, i64>::new();
    for &(product, seats) in seats {
        *deltas.entry(product).or_default() += seats;
    }
    for (product, seats) in released {
        *deltas.entry(product).or_default() -= seats;
    }
    let deltas: Vec<_> = deltas.into_iter().collect();
    entitlements::add(db, customer, Counter::Reserved, &deltas).await?;
    write(db, customer, batch, seats).await?;
    Ok(deltas.into_iter().map(|(product, _)| product).collect())
}

async fn write(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    batch: BatchKey,
    seats: &[(ProductKey, i64)],
) -> StoreResult<()> {
    reservation::Entity::delete_many()
        .filter(reservation::Column::CustomerKey.eq(customer.0))
        .filter(reservation::Column::BatchKey.eq(batch.0))
        .exec(db)
        .await
        .map_err(classify)?;
    let rows = seats
        .iter()
        .filter(|&&(_, seats)| seats != 0)
        .map(|&(product, seats)| {
            Ok(reservation::ActiveModel {
                customer_key: Set(customer.0),
                batch_key: Set(batch.0),
                product_key: Set(enum_codes::product(product)?),
                seats: Set(seats),
            })
        })
        .collect::<StoreResult<Vec<_>>>()?;
    if rows.is_empty() {
        return Ok(());
    }
    reservation::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await
        .map(|_| ())
        .map_err(|error| {
            if is_missing_reference(&error) {
                corrupt("batches", (customer, batch), "the batch does not exist")
            } else {
                classify(error)
            }
        })
}
