//! The query plans of both engines.

use sea_orm::sea_query::{PostgresQueryBuilder, QueryBuilder};
use sea_orm::{ConnectionTrait, DbBackend, Statement, Values};

/// The plan for a statement as the store sends it. PostgreSQL prepares the statement and plans it
/// like the transaction's other statements.
pub(super) async fn plan(db: &impl ConnectionTrait, statement: Statement) -> String {
    if db.get_database_backend() == DbBackend::Sqlite {
        let explain = Statement {
            sql: format!("EXPLAIN QUERY PLAN {}", statement.sql),
            ..statement
        };
        return lines(db, explain, "detail").await;
    }
    prepare(db, &statement).await;
    let plan = plan_prepared(db, &statement).await;
    db.execute_unprepared("DEALLOCATE explained").await.unwrap();
    plan
}

/// Prepares a statement on a PostgreSQL connection.
pub(super) async fn prepare(db: &impl ConnectionTrait, statement: &Statement) {
    let prepare = format!("PREPARE explained AS {}", statement.sql);
    db.execute_unprepared(&prepare).await.unwrap();
}

/// The plan of the prepared statement on a PostgreSQL connection.
pub(super) async fn plan_prepared(db: &impl ConnectionTrait, statement: &Statement) -> String {
    let values = statement.values.iter().flat_map(Values::iter);
    let values = values.map(|value| PostgresQueryBuilder.value_to_string(value));
    let values = values.collect::<Vec<_>>().join(", ");
    let explain = format!("EXPLAIN EXECUTE explained({values})");
    let explain = Statement::from_string(DbBackend::Postgres, explain);
    lines(db, explain, "QUERY PLAN").await
}

async fn lines(db: &impl ConnectionTrait, explain: Statement, column: &str) -> String {
    let rows = db.query_all_raw(explain).await.unwrap();
    let lines = rows
        .iter()
        .map(|row| row.try_get::<String>("", column).unwrap());
    lines.collect::<Vec<_>>().join("\n")
}
