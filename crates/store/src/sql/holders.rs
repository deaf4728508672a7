//! The holders of products, as sets of users. They are written from the same decisions as the
//! licenses, in the same transaction. Counting holders reads kilobytes; counting licenses would
//! read megabytes.

mod changes;

use std::collections::BTreeMap;

use futures::TryStreamExt;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
    StreamTrait,
};
use seatkeeper_domain::{CustomerKey, PlanKey, ProductKey, UserBlock, UserSet};

pub(super) use self::changes::HolderChanges;
use super::enum_codes;
use super::error::{classify, corrupt};
use crate::entity::license_holders as holders;
use crate::{HolderCount, HolderRow, HolderSetKey, StoreResult};

const TABLE: &str = "license_holders";

/// The plan key of the rows that hold all holders of a product.
const ALL_HOLDERS: i32 = -1;

/// Blocks per statement: with five parameters each, far below the limit of either engine.
const ROWS_MAX: usize = 1_000;

/// How many of `users` (all when `None`) hold each of these products.
pub(super) async fn count(
    db: &(impl ConnectionTrait + StreamTrait),
    customer: CustomerKey,
    products: &[ProductKey],
    users: Option<&UserSet>,
) -> StoreResult<Vec<HolderCount>> {
    let rows = find(customer, products)?.stream(db).await;
    // Counts while rows arrive: many products with many disabled plans take many megabytes.
    let mut rows = rows.map_err(classify)?;
    let mut counts: Vec<HolderCount> = Vec::new();
    while let Some(row) = rows.try_next().await.map_err(classify)? {
        let (set_key, set) = parse(&row)?;
        let found = users.map_or_else(|| set.len(), |users| set.intersection_len(users));
        if found > 0 {
            add(&mut counts, set_key, found);
        }
    }
    Ok(counts)
}

fn add(counts: &mut Vec<HolderCount>, set_key: HolderSetKey, found: i64) {
    let product = set_key.product;
    if counts.last().is_none_or(|last| last.product != product) {
        counts.push(HolderCount {
            product,
            users: 0,
            plans_off: Vec::new(),
        });
    }
    let Some(count) = counts.last_mut() else {
        return;
    };
    match (set_key.plan_off, count.plans_off.last_mut()) {
        (None, _) => count.users += found,
        (Some(plan), Some((last, off))) if *last == plan => *off += found,
        (Some(plan), _) => count.plans_off.push((plan, found)),
    }
}

/// All users who hold a product.
pub(super) async fn of_product(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    product: ProductKey,
) -> StoreResult<UserSet> {
    let rows = find(customer, &[product])?
        .filter(holders::Column::PlanKey.eq(ALL_HOLDERS))
        .all(db)
        .await
        .map_err(classify)?;
    let mut users = UserSet::new();
    for row in rows {
        users |= &parse(&row)?.1;
    }
    Ok(users)
}

/// Sets of holders after `after`, ascending by key.
pub(super) async fn rows(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    after: Option<HolderSetKey>,
    limit: usize,
) -> StoreResult<Vec<HolderRow>> {
    let mut query = holders::Entity::find()
        .filter(holders::Column::CustomerKey.eq(customer.0))
        .limit(limit as u64);
    if let Some(after) = after {
        let set_key = [
            holders::Column::ProductKey.into_expr(),
            holders::Column::PlanKey.into_expr(),
            holders::Column::Block.into_expr(),
        ];
        let after = [
            Expr::val(enum_codes::product(after.product)?),
            Expr::val(plan_code(after.plan_off)?),
            Expr::val(after.block.number()),
        ];
        query = query.filter(Expr::tuple(set_key).gt(Expr::tuple(after)));
    }
    let rows = in_order(query).all(db).await.map_err(classify)?;
    let rows = rows.iter().map(|row| {
        let (set_key, users) = parse(row)?;
        Ok(HolderRow {
            key: set_key,
            users,
        })
    });
    rows.collect()
}

/// The sets of these products, ascending by product, plan and block.
fn find(customer: CustomerKey, products: &[ProductKey]) -> StoreResult<Select<holders::Entity>> {
    let products = products.iter().copied().map(enum_codes::product);
    let products = products.collect::<StoreResult<Vec<_>>>()?;
    let query = holders::Entity::find()
        .filter(holders::Column::CustomerKey.eq(customer.0))
        .filter(holders::Column::ProductKey.is_in(products));
    Ok(in_order(query))
}

fn in_order(query: Select<holders::Entity>) -> Select<holders::Entity> {
    query
        .order_by_asc(holders::Column::ProductKey)
        .order_by_asc(holders::Column::PlanKey)
        .order_by_asc(holders::Column::Block)
}

/// Applies decisions to the sets, with one read and one write for any number of users.
pub(super) async fn write(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    changes: HolderChanges,
) -> StoreResult<()> {
    if changes.is_empty() {
        return Ok(());
    }
    let mut query = find(customer, &changes.products())?
        .filter(holders::Column::Block.is_in(changes.blocks().map(UserBlock::number)));
    if let Some(plans) = changes.plans() {
        let plans = plans.map(plan_code).collect::<StoreResult<Vec<_>>>()?;
        query = query.filter(holders::Column::PlanKey.is_in(plans));
    }
    let rows = query.all(db).await.map_err(classify)?;
    let stored = rows.iter().map(parse).collect::<StoreResult<_>>()?;
    save(db, customer, changes.apply(stored)).await
}

async fn save(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    sets: BTreeMap<HolderSetKey, UserSet>,
) -> StoreResult<()> {
    let rows = sets.into_iter().map(|(set_key, users)| {
        Ok(holders::ActiveModel {
            customer_key: Set(customer.0),
            product_key: Set(enum_codes::product(set_key.product)?),
            plan_key: Set(plan_code(set_key.plan_off)?),
            block: Set(set_key.block.number()),
            users: Set(users.block_bytes(set_key.block)),
        })
    });
    let rows = rows.collect::<StoreResult<Vec<_>>>()?;
    for rows in rows.chunks(ROWS_MAX) {
        let replaced = OnConflict::columns([
            holders::Column::CustomerKey,
            holders::Column::ProductKey,
            holders::Column::PlanKey,
            holders::Column::Block,
        ])
        .update_column(holders::Column::Users)
        .to_owned();
        holders::Entity::insert_many(rows.iter().cloned())
            .on_conflict(replaced)
            .exec_without_returning(db)
            .await
            .map_err(classify)?;
    }
    Ok(())
}

fn plan_code(plan_off: Option<PlanKey>) -> StoreResult<i32> {
    plan_off.map_or(Ok(ALL_HOLDERS), |plan| {
        i32::try_from(plan.0).map_err(|error| corrupt(TABLE, plan, error))
    })
}

fn parse(row: &holders::Model) -> StoreResult<(HolderSetKey, UserSet)> {
    let key = (row.customer_key, row.product_key, row.plan_key, row.block);
    let plan_off = match row.plan_key {
        ALL_HOLDERS => None,
        plan => Some(PlanKey(
            u32::try_from(plan).map_err(|error| corrupt(TABLE, key, error))?,
        )),
    };
    let set_key = HolderSetKey {
        product: enum_codes::parse_product(row.product_key)
            .ok_or_else(|| corrupt(TABLE, key, "the product's key is negative"))?,
        plan_off,
        block: UserBlock::from_number(row.block),
    };
    let mut users = UserSet::new();
    users
        .insert_block(set_key.block, &row.users)
        .map_err(|error| corrupt(TABLE, key, error))?;
    Ok((set_key, users))
}
