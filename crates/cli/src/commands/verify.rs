//! `seatkeeper verify`.

use std::path::PathBuf;

use clap::Args;
use seatkeeper_domain::CustomerId;
use seatkeeper_store::Store;
use seatkeeper_verify::{Audit, Finding, Verdict, verify_customer};
use serde_json::json;

use crate::database::{Database, DatabaseUrl};
use crate::output::{Format, Output, count, table};
use crate::{CliError, Exit};

/// `seatkeeper verify`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  seatkeeper verify
  seatkeeper verify --data-dir /var/lib/seatkeeper --output json
  seatkeeper verify --customer contoso
  SEATKEEPER_DATABASE_URL=postgres://user:password@host/database seatkeeper verify

The command only reads, and servers may keep running on the database. It reads each customer as a
consistent snapshot and checks that
  - no seat is oversold
  - the journal has no gap and matches the licenses held exactly
  - each batch's results cover its users once and in order
  - each counter equals its number of rows, and each set of holders equals the licenses
The exit code is 5 if an invariant is violated.")]
pub(crate) struct Verify {
    /// Directory of the embedded database, or its file.
    #[arg(
        long,
        env = "SEATKEEPER_DATA_DIR",
        value_name = "DIR",
        default_value = "seatkeeper-data"
    )]
    data_dir: PathBuf,

    /// URL of a PostgreSQL database to check instead of the embedded one.
    #[arg(
        long,
        env = "SEATKEEPER_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        conflicts_with = "data_dir"
    )]
    database_url: Option<DatabaseUrl>,

    /// Check only the customer with this identifier.
    #[arg(long, value_name = "CUSTOMER", value_parser = customer_id)]
    customer: Option<CustomerId>,

    /// Output format: tables for people, or one JSON object per line for programs.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
}

/// Totals over the customers checked.
#[derive(Default)]
struct Totals {
    customers: i64,
    findings: i64,
}

impl Verify {
    pub(crate) async fn run(self, out: &mut Output) -> Result<Exit, CliError> {
        let database = Database::of(self.database_url, self.data_dir);
        let store = database.open_to_read().await?;
        let mut totals = Totals::default();
        if let Some(customer) = &self.customer {
            totals.add(&only(&*store, customer).await?, out);
        } else {
            let mut audit = Audit::of(&*store);
            while let Some(verdict) = audit.next().await? {
                totals.add(&verdict, out);
            }
        }
        totals.print(out);
        Ok(if totals.findings == 0 {
            Exit::Success
        } else {
            Exit::VerificationFailed
        })
    }
}

fn customer_id(text: &str) -> Result<CustomerId, String> {
    CustomerId::parse(text).map_err(|wrong| wrong.to_string())
}

/// The verdict on one customer.
///
/// # Errors
/// If the database has no such customer.
async fn only(store: &dyn Store, customer: &CustomerId) -> Result<Verdict, CliError> {
    let missing = || CliError::NoCustomer {
        customer: customer.as_str().to_owned(),
    };
    let found = store.customer(customer).await?.ok_or_else(missing)?;
    verify_customer(store, found.key).await?.ok_or_else(missing)
}

impl Totals {
    /// Counts a verdict and prints its findings.
    fn add(&mut self, verdict: &Verdict, out: &mut Output) {
        let named = i64::try_from(verdict.findings.len()).unwrap_or(i64::MAX);
        let unnamed = i64::try_from(verdict.unnamed).unwrap_or(i64::MAX);
        self.customers += 1;
        self.findings = self.findings.saturating_add(named).saturating_add(unnamed);
        show(verdict, out);
    }

    fn print(&self, out: &mut Output) {
        if out.is_json() {
            out.object(&json!({
                "customer_count": self.customers,
                "finding_count": self.findings,
            }));
        }
        let customers = count(self.customers);
        match self.findings {
            0 => out.print(format_args!("{customers} customers: no findings")),
            findings => out.print(format_args!(
                "{customers} customers: {} findings",
                count(findings)
            )),
        }
    }
}

fn show(verdict: &Verdict, out: &mut Output) {
    if out.is_json() {
        for finding in &verdict.findings {
            out.object(&json!({
                "customer": finding.customer.as_str(),
                "table": finding.table,
                "key": finding.key,
                "what": finding.what,
            }));
        }
    }
    if verdict.findings.is_empty() {
        return;
    }
    let titles = ["customer", "table", "key", "what"];
    out.print(table(titles, verdict.findings.iter().map(row)).trim_fmt());
    if verdict.unnamed > 0 {
        out.print(format_args!(
            "and {} more findings of this customer",
            verdict.unnamed
        ));
    }
}

fn row(finding: &Finding) -> [String; 4] {
    [
        finding.customer.as_str().to_owned(),
        finding.table.to_owned(),
        finding.key.clone(),
        finding.what.clone(),
    ]
}
