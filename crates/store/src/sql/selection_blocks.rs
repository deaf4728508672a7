//! The users of saved selections, in blocks: a change writes only the blocks it affects.

use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
};
use seatkeeper_domain::{CustomerKey, SelectionKey, UserBlock, UserKey, UserSet};

use super::error::{classify, corrupt};
use super::selections;
use crate::StoreResult;
use crate::entity::selection_block;

const TABLE: &str = "selection_blocks";

/// Blocks per statement: at most 2 MiB of users, with four binds each.
const BLOCKS_PER_STATEMENT: usize = 256;

/// The users of a selection, in all blocks or in these.
pub(super) async fn read(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    selection: SelectionKey,
    blocks: Option<&[UserBlock]>,
) -> StoreResult<UserSet> {
    let mut users = UserSet::new();
    let Some(blocks) = blocks else {
        // One statement, so that a reader sees one moment.
        read_where(db, customer, selection, None, &mut users).await?;
        return Ok(users);
    };
    for part in blocks.chunks(BLOCKS_PER_STATEMENT) {
        read_where(db, customer, selection, Some(part), &mut users).await?;
    }
    Ok(users)
}

async fn read_where(
    db: &impl ConnectionTrait,
    customer: CustomerKey,
    selection: SelectionKey,
    blocks: Option<&[UserBlock]>,
    users: &mut UserSet,
) -> StoreResult<()> {
    let mut query = selection_block::Entity::find()
        .filter(selection_block::Column::CustomerKey.eq(customer.0))
        .filter(selection_block::Column::SelectionKey.eq(selection.0))
        .order_by_asc(selection_block::Column::Block);
    if let Some(blocks) = blocks {
        let numbers = blocks.iter().map(|block| block.number());
        query = query.filter(selection_block::Column::Block.is_in(numbers));
    }
    for row in query.all(db).await.map_err(classify)? {
        add(users, &row)?;
    }
    Ok(())
}

fn add(users: &mut UserSet, row: &selection_block::Model) -> StoreResult<()> {
    let block = UserBlock::from_number(row.block);
    users.insert_block(block, &row.users).map_err(|error| {
        let key = (row.customer_key, row.selection_key, row.block);
        corrupt(TABLE, key, error)
    })
}

/// Writes the users of `members` in these blocks; deletes a block that becomes empty.
pub(super) async fn write(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    selection: SelectionKey,
    blocks: &[UserBlock],
    members: &UserSet,
) -> StoreResult<()> {
    for part in blocks.chunks(BLOCKS_PER_STATEMENT) {
        let (empty, rest): (Vec<UserBlock>, Vec<UserBlock>) = part
            .iter()
            .partition(|block| members.block(**block).is_empty());
        delete_blocks(db, customer, selection, &empty).await?;
        let rows = rest.into_iter().map(|block| selection_block::Model {
            customer_key: customer.0,
            selection_key: selection.0,
            block: block.number(),
            users: members.block_bytes(block),
        });
        upsert(db, rows.collect()).await?;
    }
    Ok(())
}

async fn upsert(db: &DatabaseTransaction, rows: Vec<selection_block::Model>) -> StoreResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = rows.into_iter().map(|row| selection_block::ActiveModel {
        customer_key: Set(row.customer_key),
        selection_key: Set(row.selection_key),
        block: Set(row.block),
        users: Set(row.users),
    });
    let key = [
        selection_block::Column::CustomerKey,
        selection_block::Column::SelectionKey,
        selection_block::Column::Block,
    ];
    let replaced = OnConflict::columns(key)
        .update_column(selection_block::Column::Users)
        .to_owned();
    selection_block::Entity::insert_many(rows)
        .on_conflict(replaced)
        .exec_without_returning(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

async fn delete_blocks(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    selection: SelectionKey,
    blocks: &[UserBlock],
) -> StoreResult<()> {
    if blocks.is_empty() {
        return Ok(());
    }
    selection_block::Entity::delete_many()
        .filter(selection_block::Column::CustomerKey.eq(customer.0))
        .filter(selection_block::Column::SelectionKey.eq(selection.0))
        .filter(selection_block::Column::Block.is_in(blocks.iter().map(|block| block.number())))
        .exec(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

/// Removes all users of a selection.
pub(super) async fn delete(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    selection: SelectionKey,
) -> StoreResult<()> {
    selection_block::Entity::delete_many()
        .filter(selection_block::Column::CustomerKey.eq(customer.0))
        .filter(selection_block::Column::SelectionKey.eq(selection.0))
        .exec(db)
        .await
        .map(|_| ())
        .map_err(classify)
}

/// Removes a user from every selection of the customer, and from the selections' counts.
pub(super) async fn remove_user(
    db: &DatabaseTransaction,
    customer: CustomerKey,
    user: UserKey,
) -> StoreResult<()> {
    let block = UserBlock::of(user);
    let mut left = Vec::new();
    let mut after = 0;
    loop {
        let rows = of_block(customer, block, after)
            .all(db)
            .await
            .map_err(classify)?;
        let Some(last) = rows.last() else { break };
        after = last.selection_key;
        let mut changed = Vec::new();
        for row in &rows {
            let mut users = UserSet::new();
            add(&mut users, row)?;
            if !users.remove(user) {
                continue;
            }
            left.push(row.selection_key);
            let selection = SelectionKey(row.selection_key);
            if users.is_empty() {
                delete_blocks(db, customer, selection, &[block]).await?;
            } else {
                changed.push(selection_block::Model {
                    users: users.block_bytes(block),
                    ..row.clone()
                });
            }
        }
        upsert(db, changed).await?;
    }
    for part in left.chunks(BLOCKS_PER_STATEMENT) {
        selections::count_users(db, customer, part, -1).await?;
    }
    Ok(())
}

/// One block of the selections after `after`, up to the limit of one statement.
pub(super) fn of_block(
    customer: CustomerKey,
    block: UserBlock,
    after: i64,
) -> sea_orm::Select<selection_block::Entity> {
    use sea_orm::QuerySelect as _;
    selection_block::Entity::find()
        .filter(selection_block::Column::CustomerKey.eq(customer.0))
        .filter(selection_block::Column::Block.eq(block.number()))
        .filter(selection_block::Column::SelectionKey.gt(after))
        .order_by_asc(selection_block::Column::SelectionKey)
        .limit(BLOCKS_PER_STATEMENT as u64)
}
