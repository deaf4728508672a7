//! The entities match the migrated schema: the same columns, types, nullability and keys. Generated
//! columns are not part of an entity.

use std::collections::BTreeSet;

use sea_orm::sea_query::ColumnType;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, Iterable, PrimaryKeyToColumn,
};

use super::fixture;
use crate::entity;
use crate::sql::query::Query;

/// A column: name, type, whether it is nullable, whether it is part of the key.
type Column = (String, &'static str, bool, bool);

fn declared<E: EntityTrait>() -> BTreeSet<Column> {
    let keys: Vec<String> = E::PrimaryKey::iter()
        .map(|key| key.into_column().as_column_ref().1.to_string())
        .collect();
    E::Column::iter()
        .map(|column| {
            let name = column.as_column_ref().1.to_string();
            let definition = column.def();
            let is_key = keys.contains(&name);
            (
                name,
                family(definition.get_column_type()),
                definition.is_null(),
                is_key,
            )
        })
        .collect()
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "our tables use no other types"
)]
fn family(column_type: &ColumnType) -> &'static str {
    match column_type {
        ColumnType::BigInteger => "bigint",
        ColumnType::Integer => "integer",
        ColumnType::SmallInteger => "smallint",
        ColumnType::Boolean => "boolean",
        ColumnType::String(_) | ColumnType::Text => "text",
        ColumnType::VarBinary(_) | ColumnType::Blob | ColumnType::Binary(_) => "bytea",
        other => panic!("{other:?} has no counterpart in our schema"),
    }
}

/// The column's type on SQLite, which has one integer type.
fn on_sqlite(column: Column) -> Column {
    let (name, column_type, is_null, is_key) = column;
    let column_type = match column_type {
        "text" => "TEXT",
        "bytea" => "BLOB",
        _ => "INTEGER",
    };
    (name, column_type, is_null, is_key)
}

async fn on_database(db: &DatabaseConnection, sql: &str) -> BTreeSet<(String, String, bool, bool)> {
    let rows = db
        .query_all_raw(Query::new(db).statement(sql))
        .await
        .unwrap();
    let columns = rows.iter().map(|row| {
        let number = |index| row.try_get_by_index::<i32>(index).unwrap() != 0;
        (
            row.try_get_by_index(0).unwrap(),
            row.try_get_by_index(1).unwrap(),
            number(2),
            number(3),
        )
    });
    columns.collect()
}

fn named(columns: BTreeSet<Column>) -> BTreeSet<(String, String, bool, bool)> {
    let columns = columns.into_iter();
    columns
        .map(|(name, column_type, is_null, is_key)| (name, column_type.to_owned(), is_null, is_key))
        .collect()
}

async fn compare_sqlite<E: EntityTrait>(db: &DatabaseConnection) {
    let table = E::default().table_name().to_owned();
    let sql =
        format!("SELECT name, type, \"notnull\" = 0, pk > 0 FROM pragma_table_info('{table}')");
    let declared = declared::<E>().into_iter().map(on_sqlite).collect();
    assert_eq!(on_database(db, &sql).await, named(declared), "{table}");
}

async fn compare_postgres<E: EntityTrait>(db: &DatabaseConnection) {
    let table = E::default().table_name().to_owned();
    let sql = format!(
        "SELECT c.column_name::text, c.data_type::text, (c.is_nullable = 'YES')::int, \
         (k.column_name IS NOT NULL)::int \
         FROM information_schema.columns c \
         LEFT JOIN information_schema.key_column_usage k ON k.table_name = c.table_name \
         AND k.column_name = c.column_name AND k.constraint_name = c.table_name || '_pkey' \
         WHERE c.table_name = '{table}' AND c.is_generated = 'NEVER'"
    );
    assert_eq!(
        on_database(db, &sql).await,
        named(declared::<E>()),
        "{table}"
    );
}

macro_rules! compare_all {
    ($compare:ident, $db:expr) => {
        $compare::<entity::checkpoint_license::Entity>($db).await;
        $compare::<entity::batch::Entity>($db).await;
        $compare::<entity::catalog::Entity>($db).await;
        $compare::<entity::customer::Entity>($db).await;
        $compare::<entity::deleted_user::Entity>($db).await;
        $compare::<entity::entitlement::Entity>($db).await;
        $compare::<entity::journal::Entity>($db).await;
        $compare::<entity::journal_checkpoint::Entity>($db).await;
        $compare::<entity::license::Entity>($db).await;
        $compare::<entity::license_holders::Entity>($db).await;
        $compare::<entity::purchase::Entity>($db).await;
        $compare::<entity::request::Entity>($db).await;
        $compare::<entity::reservation::Entity>($db).await;
        $compare::<entity::segment::Entity>($db).await;
        $compare::<entity::selection::Entity>($db).await;
        $compare::<entity::selection_block::Entity>($db).await;
        $compare::<entity::token_key::Entity>($db).await;
        $compare::<entity::user::Entity>($db).await;
        $compare::<entity::waitlist::Entity>($db).await;
    };
}

#[tokio::test]
async fn entities_match_the_sqlite_schema() {
    let (_directory, store) = fixture::sqlite().await;
    compare_all!(compare_sqlite, &store.pools.writer);
}

#[tokio::test]
async fn entities_match_the_postgres_schema() {
    let (_database, store) = fixture::postgres().await;
    compare_all!(compare_postgres, &store.pools.writer);
}
