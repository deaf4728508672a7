//! Builder for SQL text: binds, lists of values, aggregates. Syntax that differs between the
//! engines is here.

use sea_orm::sea_query::{ArrayType, Expr};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, Statement, Value};
use seatkeeper_domain::CustomerKey;
use serde_json::Value as Json;

/// The bound values of a statement under construction.
pub(super) struct Query {
    backend: DbBackend,
    values: Vec<Value>,
}

/// One column of [`Query::rows`].
pub(super) enum Column {
    Integers(Vec<i64>),
    Texts(Vec<String>),
}

impl Query {
    pub(super) fn new(db: &impl ConnectionTrait) -> Self {
        Self {
            backend: db.get_database_backend(),
            values: Vec::new(),
        }
    }

    /// Binds a value and returns its placeholder, the same on both engines.
    pub(super) fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// A table of any number of integers with the column `value`, bound as one parameter.
    pub(super) fn integers(&mut self, values: &[i64]) -> String {
        if self.is_sqlite() {
            return format!("json_each({})", self.bind(json_integers(values)));
        }
        if let Some((first, last)) = run(values) {
            let first = self.bind(first);
            let last = self.bind(last);
            return format!("generate_series({first}::bigint, {last}::bigint) AS listed(value)");
        }
        let array = self.bind(integer_array(values));
        format!("UNNEST({array}::bigint[]) AS listed(value)")
    }

    /// A table named `listed` with two integer columns of equal length.
    pub(super) fn integer_pairs(
        &mut self,
        names: [&str; 2],
        first: &[i64],
        second: &[i64],
    ) -> String {
        let [one, other] = names;
        if self.is_sqlite() {
            let pairs: Vec<_> = first.iter().zip(second).collect();
            let list = serde_json::to_string(&pairs).expect("integers are JSON");
            let list = self.bind(list);
            return format!(
                "(SELECT value ->> 0 AS {one}, value ->> 1 AS {other} FROM json_each({list})) \
                 AS listed"
            );
        }
        let first = self.bind(integer_array(first));
        let second = self.bind(integer_array(second));
        format!("UNNEST({first}::bigint[], {second}::bigint[]) AS listed({one}, {other})")
    }

    /// A table of texts with the columns `value` and `ordinal`; `ordinal` starts at 0.
    pub(super) fn texts(&mut self, values: Vec<String>) -> String {
        if self.is_sqlite() {
            let list = self.bind(json_text(&Json::from(values)));
            return format!("(SELECT value, key AS ordinal FROM json_each({list})) AS listed");
        }
        let array = self.bind(text_array(values));
        format!(
            "(SELECT value, ordinal - 1 AS ordinal FROM UNNEST({array}::text[]) \
             WITH ORDINALITY AS numbered(value, ordinal)) AS listed"
        )
    }

    /// The condition that `column` is one of `values`.
    pub(super) fn is_one_of(&mut self, column: &str, values: &[i64]) -> String {
        if self.is_sqlite() {
            let list = self.integers(values);
            return format!("{column} IN (SELECT value FROM {list})");
        }
        let array = self.bind(integer_array(values));
        format!("{column} = ANY({array}::bigint[])")
    }

    /// A table named `listed` with these columns of equal length, and `customer_key`.
    ///
    /// The customer's key is part of the list because of SQLite's planner: with a constant key it
    /// would scan all the customer's rows and, for each, the whole list.
    pub(super) fn rows(
        &mut self,
        customer: CustomerKey,
        columns: Vec<(&'static str, Column)>,
    ) -> String {
        if self.is_sqlite() {
            return self.json_rows(customer, columns);
        }
        let customer = self.bind(customer.0);
        let mut names = Vec::new();
        let mut arrays = Vec::new();
        for (name, column) in columns {
            names.push(name);
            arrays.push(match column {
                Column::Integers(values) => {
                    format!("{}::bigint[]", self.bind(integer_array(&values)))
                }
                Column::Texts(values) => format!("{}::text[]", self.bind(text_array(values))),
            });
        }
        format!(
            "(SELECT {customer}::bigint AS customer_key, unnested.* \
             FROM UNNEST({}) AS unnested({})) AS listed",
            arrays.join(", "),
            names.join(", ")
        )
    }

    fn json_rows(&mut self, customer: CustomerKey, columns: Vec<(&'static str, Column)>) -> String {
        let mut rows: Vec<Vec<Json>> = Vec::new();
        let mut selected = vec!["value ->> 0 AS customer_key".to_owned()];
        for (name, column) in columns {
            let cells: Vec<Json> = match column {
                Column::Integers(values) => values.into_iter().map(Json::from).collect(),
                Column::Texts(values) => values.into_iter().map(Json::from).collect(),
            };
            rows.resize_with(cells.len(), || vec![Json::from(customer.0)]);
            for (row, cell) in rows.iter_mut().zip(cells) {
                row.push(cell);
            }
            selected.push(format!("value ->> {} AS {name}", selected.len()));
        }
        let list = self.bind(json_text(&Json::from(rows)));
        format!(
            "(SELECT {} FROM json_each({list})) AS listed",
            selected.join(", ")
        )
    }

    /// Joins the table `listed` with the rows of `table` that meet a condition; these rows are
    /// looked up for each row of `listed`. SQLite keeps the table order of a CROSS JOIN. PostgreSQL
    /// would scan a table without statistics, but OFFSET prevents that.
    pub(super) fn lookup_join(&self, listed: &str, table: &str, condition: &str) -> String {
        if self.is_sqlite() {
            return format!("{listed} CROSS JOIN {table} ON {condition}");
        }
        format!(
            "{listed} CROSS JOIN LATERAL \
             (SELECT * FROM {table} WHERE {condition} OFFSET 0) AS {table}"
        )
    }

    /// A table of literal rows with these column names; `values` has the form `(…), (…)`.
    pub(super) fn values(&self, table: &str, columns: &[&str], values: &str) -> String {
        if self.is_sqlite() {
            let columns = columns.iter().zip(1..);
            let columns = columns.map(|(name, index)| format!("column{index} AS {name}"));
            let columns = columns.collect::<Vec<_>>().join(", ");
            return format!("(SELECT {columns} FROM (VALUES {values})) AS {table}");
        }
        format!("(VALUES {values}) AS {table}({})", columns.join(", "))
    }

    /// An aggregate that joins `line` of every row into one text, one line per row, in undefined
    /// order; NULL when there are no rows.
    pub(super) fn aggregated(&self, line: &str) -> String {
        // A literal separator: SQLite would evaluate `char(10)` for each row.
        if self.is_sqlite() {
            format!("group_concat({line}, '\n')")
        } else {
            format!("string_agg({line}, '\n')")
        }
    }

    /// Like [`Query::aggregated`], in the order of these terms.
    pub(super) fn aggregated_in_order(&self, line: &str, order: &str) -> String {
        if self.is_sqlite() {
            format!("group_concat({line}, char(10) ORDER BY {order})")
        } else {
            format!("string_agg({line}, chr(10) ORDER BY {order})")
        }
    }

    /// Aggregates that join each of these columns into one text, one line per row. The cells of a
    /// row have the same index in each text; the order of rows is undefined.
    pub(super) fn aggregated_columns(&self, columns: &[&str]) -> String {
        let aggregated = columns.iter().map(|column| {
            let cell = format!("CAST({column} AS TEXT)");
            format!("{} AS {column}", self.aggregated(&cell))
        });
        aggregated.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn statement(self, text: impl Into<String>) -> Statement {
        Statement::from_sql_and_values(self.backend, text, self.values)
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.backend == DbBackend::Sqlite
    }
}

/// The condition that `column` is one of `values`, of any number, for queries built with sea-query.
pub(super) fn listed(backend: DbBackend, column: &str, values: &[i64]) -> Expr {
    if backend == DbBackend::Sqlite {
        let text = format!("{column} IN (SELECT value FROM json_each(?))");
        return Expr::cust_with_values(text, [json_integers(values)]);
    }
    let text = format!("{column} = ANY($1::bigint[])");
    Expr::cust_with_values(text, [integer_array(values)])
}

/// The first column of the only row that an aggregate returns.
pub(super) async fn scalar<T: sea_orm::TryGetable>(
    db: &impl ConnectionTrait,
    statement: Statement,
) -> Result<T, DbErr> {
    let row = db.query_one_raw(statement).await?;
    row.ok_or_else(|| DbErr::RecordNotFound("an aggregate must return one row".to_owned()))?
        .try_get_by_index(0)
}

/// The first and the last value when the values increase by one.
fn run(values: &[i64]) -> Option<(i64, i64)> {
    let (&first, &last) = values.first().zip(values.last())?;
    let counts_up = values
        .iter()
        .zip(0..)
        .all(|(&value, ahead)| value.checked_sub(first) == Some(ahead));
    counts_up.then_some((first, last))
}

fn json_integers(values: &[i64]) -> String {
    serde_json::to_string(values).expect("integers are JSON")
}

fn json_text(json: &Json) -> String {
    json.to_string()
}

fn integer_array(values: &[i64]) -> Value {
    let values = values.iter().map(|&value| Value::from(value)).collect();
    Value::Array(ArrayType::BigInt, Some(Box::new(values)))
}

fn text_array(values: Vec<String>) -> Value {
    let values = values.into_iter().map(Value::from).collect();
    Value::Array(ArrayType::String, Some(Box::new(values)))
}
