//! The data of each schema version, recorded when that version was the newest.

use std::fmt::Write as _;

use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, Change, PurchaseSeatsRequest, ShortagePolicy,
    UpdateUserLicensesRequest,
};
use seatkeeper_tests::{
    Fixture, assign, assignment, everyone, filter, listed, moment, revoke, swap,
};
use serde_json::{Value, json};
use sqlx::migrate::{Migration, MigrationType};
use sqlx::{AssertSqlSafe, SqlSafeStr as _};

use super::tables::Tables;

/// The folder with one directory per version, which contains the version's statements.
pub(crate) const MIGRATIONS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/store/src/migration");
const LEFT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/schema/left");

/// The directories of all released versions, oldest first. The first has the version number 1.
pub(crate) const VERSIONS: [&str; 1] = ["initial"];

/// The tables of all versions. A table comes after the tables that it references.
const TABLES: [&str; 19] = [
    "catalogs",
    "customers",
    "users",
    "deleted_users",
    "licenses",
    "license_holders",
    "entitlements",
    "purchases",
    "waitlist",
    "journal",
    "batches",
    "batch_segments",
    "reservations",
    "requests",
    "selections",
    "selection_blocks",
    "journal_checkpoints",
    "checkpoint_licenses",
    "token_keys",
];

/// The table whose rows expire. `TIMES` are its timestamps, which the last use of a row determines.
const EXPIRING: &str = "selections";
const TIMES: [&str; 3] = ["create_time", "update_time", "expire_time"];

/// The table of applied migrations, as `sqlx` creates it.
const APPLIED: &str = "_sqlx_migrations";

/// The rows of a database, table by table.
pub(crate) struct Left {
    version: usize,
    tables: Vec<(String, Vec<Value>)>,
}

impl Left {
    /// The recorded data of a version.
    pub(crate) fn of_version(version: usize) -> Self {
        let file = format!("{LEFT}/{}.json", VERSIONS[version]);
        let text = std::fs::read_to_string(file).unwrap();
        let tables = serde_json::from_str(&text).unwrap();
        Self { version, tables }
    }

    /// Reads the data of a database of the newest version.
    pub(crate) async fn read(from: &Tables<'_>) -> Self {
        let mut tables = Vec::new();
        for table in TABLES {
            tables.push((table.to_owned(), from.rows(table).await));
        }
        let version = VERSIONS.len() - 1;
        Self { version, tables }
    }

    /// The data as text, one row per line.
    pub(crate) fn to_text(&self) -> String {
        let tables = self.tables.iter().map(|(table, rows)| {
            let rows = rows.iter().map(Value::to_string).collect::<Vec<_>>();
            format!("[{}, [\n{}\n]]", json!(table), rows.join(",\n"))
        });
        format!("[{}]\n", tables.collect::<Vec<_>>().join(",\n"))
    }

    /// The number of rows in a table.
    pub(crate) fn count(&self, table: &str) -> usize {
        let mut tables = self.tables.iter();
        let found = tables.find(|(name, _)| name == table);
        found.map_or(0, |(_, rows)| rows.len())
    }

    /// Fills an empty database with the data of that version. Rows that expire get the current time
    /// as their last use. All other rows keep their age, so retention would delete them.
    pub(crate) async fn write(&self, into: &Tables<'_>) {
        into.run(&table_of_applied(into.bytes_type())).await;
        for (version, directory) in (1..).zip(&VERSIONS[..=self.version]) {
            let script = into.script(&format!("{MIGRATIONS}/{directory}"));
            into.run(&script).await;
            into.insert(APPLIED, &[applied(version, script)]).await;
        }
        for (table, rows) in &self.tables {
            if table == EXPIRING {
                let used = rows.iter().map(used_now).collect::<Vec<_>>();
                into.insert(table, &used).await;
            } else {
                into.insert(table, rows).await;
            }
        }
    }
}

fn table_of_applied(bytes: &str) -> String {
    format!(
        "CREATE TABLE {APPLIED} (version BIGINT PRIMARY KEY, description TEXT NOT NULL, \
         installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, \
         checksum {bytes} NOT NULL, execution_time BIGINT NOT NULL)"
    )
}

/// The row of an applied migration.
fn applied(version: i64, script: String) -> Value {
    let script = AssertSqlSafe(script).into_sql_str();
    let migration = Migration::new(version, "".into(), MigrationType::Simple, script, false);
    let mut checksum = String::new();
    for byte in &*migration.checksum {
        write!(checksum, "{byte:02x}").unwrap();
    }
    json!({
        "version": version,
        "description": "",
        "success": true,
        "checksum": format!("\\x{checksum}"),
        "execution_time": 0,
    })
}

/// A row that expires, with its timestamps moved so that its last use is now.
fn used_now(row: &Value) -> Value {
    let now_micros = moment(0).seconds * 1_000_000;
    let micros_since_use = now_micros - row["update_time"].as_i64().unwrap();
    let mut used = row.clone();
    for column in TIMES {
        let micros = row[column].as_i64().unwrap();
        used[column] = json!(micros + micros_since_use);
    }
    used
}

/// Creates data of every kind that the newest version stores.
pub(crate) async fn populate(fixture: &Fixture) {
    fixture.add_users(30).await;
    for (product, seats) in [("suite", 20), ("lite", 20), ("addon", 10)] {
        fixture.buy(product, seats).await;
    }
    let numbered = |numbers: std::ops::RangeInclusive<u32>| {
        listed(numbers.map(|number| fixture.user(&format!("u{number}"))))
    };
    fixture.change(assign(&["suite"]), everyone()).await;
    fixture
        .change(swap(&["suite"], &["lite"]), numbered(1..=5))
        .await;
    let without_chat = Change {
        assign: vec![assignment("suite", &["chat"])],
        ..Change::default()
    };
    fixture.change(without_chat, numbered(10..=14)).await;
    fixture.change(revoke(&["suite"]), numbered(18..=33)).await;
    let once = BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        include_licenses: true,
        ..fixture.request(assign(&["addon"]), filter("department = \"Sales\""))
    };
    fixture.run(once).await;
    fixture.delete_user("u30").await;
    singly(fixture).await;
    let waitlisting = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::Waitlist.into(),
        ..fixture.request(assign(&["suite"]), everyone())
    };
    fixture.run(waitlisting).await;
    let ticked = fixture.selection_header("ticked", Some(filter("department = \"Sales\"")));
    fixture.send_selection(vec![ticked]).await.unwrap();
    // Listing creates the key for page tokens.
    fixture.state().await;
}

async fn singly(fixture: &Fixture) {
    let single = UpdateUserLicensesRequest {
        name: fixture.user("u20"),
        change: Some(assign(&["suite"])),
        request_id: "single".to_owned(),
        ..UpdateUserLicensesRequest::default()
    };
    let mut licenses = fixture.connection.licenses();
    licenses.update_user_licenses(single).await.unwrap();
    let purchase = PurchaseSeatsRequest {
        name: fixture.entitlement_name("suite"),
        seat_count: 1,
        request_id: "purchase".to_owned(),
        ..PurchaseSeatsRequest::default()
    };
    let mut entitlements = fixture.connection.entitlements();
    entitlements.purchase_seats(purchase).await.unwrap();
}
