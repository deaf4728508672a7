use std::path::PathBuf;

use clap::Args;
use futures::stream;
use prost::Message;
use seatkeeper_proto::v1::import_catalog_request::{Content, Header, Items, Mode};
use seatkeeper_proto::v1::{ImportCatalogRequest, ImportCatalogResponse};

use crate::client::{MessageBytes, Session};
use crate::csv::{CatalogFiles, CatalogItems};
use crate::output::{Output, count, message_json};
use crate::{CliError, Exit};

/// Products, plans or rules per message.
const ITEMS_PER_MESSAGE: usize = 500;
/// Maximum bytes of a message: even with the shortest plan names, such a message has fewer names
/// than the server accepts, 50,000.
const MESSAGE_BYTES_MAX: usize = 1024 * 1024;
/// Number of warnings printed for people.
const WARNINGS_SHOWN: usize = 3;

/// Import a catalog from CSV files, all in one transaction.
///
/// The header of each file determines its content: products with their service plans (Microsoft's
/// published table, or the same table with `snake_case` columns), exclusion groups, dependencies,
/// locations, or products and plans of the whole company. Entries that the files do not list stay
/// unchanged.
#[derive(Debug, Args)]
#[command(after_help = "Headers (other columns are ignored):
  products      product_display_name, sku_part_number, sku_id,
                service_plan_name, service_plan_id, service_plan_display_name
  exclusions    exclusion_group, service_plan_id
  dependencies  service_plan_id, needs_any_of_id
  locations     service_plan_id, prohibited_country
  applies to    kind (product or service_plan), id, applies_to (user or company)

Example:
  seatkeeper catalog import catalog.csv exclusions.csv dependencies.csv --dry-run")]
pub(crate) struct Import {
    /// The CSV files.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,

    /// Check everything and count the changes, but write nothing.
    #[arg(long)]
    dry_run: bool,

    /// Retire products, and remove plans and rules, that the files do not list.
    #[arg(long)]
    replace: bool,
}

impl Import {
    pub(crate) async fn run(self, session: &Session, out: &mut Output) -> Result<Exit, CliError> {
        let mut files = CatalogFiles::default();
        for path in &self.files {
            let kind = files.read(path)?;
            out.print(format_args!("{}: {}", path.display(), kind.title()));
        }
        let messages = self.messages(files.into_items()?);
        let answer = session
            .catalog()
            .import_catalog(stream::iter(messages))
            .await?;
        let answer = answer.into_inner();
        if out.is_json() {
            out.object(&message_json("ImportCatalogResponse", &answer));
        } else {
            self.report(&answer, out)?;
        }
        Ok(Exit::Success)
    }

    fn messages(&self, items: CatalogItems) -> Vec<ImportCatalogRequest> {
        let mode = if self.replace {
            Mode::Replace
        } else {
            Mode::Merge
        };
        let header = Content::Header(Header {
            mode: mode.into(),
            validate_only: self.dry_run,
        });
        let plans = parts(items.plans, |service_plans| Items {
            service_plans,
            ..Items::default()
        });
        let products = parts(items.products, |products| Items {
            products,
            ..Items::default()
        });
        let rules = parts(items.rules, |rules| Items {
            rules,
            ..Items::default()
        });
        let items = plans.into_iter().chain(products).chain(rules);
        std::iter::once(header)
            .chain(items.map(Content::Items))
            .map(|content| ImportCatalogRequest {
                content: Some(content),
            })
            .collect()
    }

    fn report(&self, answer: &ImportCatalogResponse, out: &mut Output) -> Result<(), CliError> {
        let catalog = answer.catalog.as_ref();
        let catalog = catalog.ok_or(CliError::Incomplete("catalog"))?;
        let verb = if self.dry_run { "would be" } else { "is" };
        out.print(format_args!(
            "the catalog {verb} version {}: {} products, {} service plans, {} exclusion groups, \
             {} dependencies, {} location rules",
            catalog.version,
            count(catalog.product_count),
            count(catalog.service_plan_count),
            count(catalog.exclusion_group_count),
            count(catalog.dependency_count),
            count(catalog.location_rule_count),
        ));
        out.print(format_args!(
            "{} products created, {} updated, {} retired",
            count(answer.created_product_count),
            count(answer.updated_product_count),
            count(answer.retired_product_count),
        ));
        if answer.warning_count > 0 {
            out.print(format_args!(
                "{} warnings, none of which stops the import. Examples:",
                count(answer.warning_count)
            ));
        }
        for warning in answer.warnings.iter().take(WARNINGS_SHOWN) {
            out.print(format_args!("  {}", warning.description));
        }
        Ok(())
    }
}

fn parts<T: Message>(items: Vec<T>, wrap: impl Fn(Vec<T>) -> Items) -> Vec<Items> {
    let (mut parts, mut part, mut bytes) =
        (Vec::new(), Vec::new(), MessageBytes::new(MESSAGE_BYTES_MAX));
    for item in items {
        if part.len() == ITEMS_PER_MESSAGE || !bytes.add(&item) {
            parts.push(wrap(std::mem::take(&mut part)));
            bytes.restart(&item);
        }
        part.push(item);
    }
    if !part.is_empty() {
        parts.push(wrap(part));
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_keep_the_order_and_lose_nothing() {
        let rules = vec![seatkeeper_proto::v1::CatalogRule::default(); ITEMS_PER_MESSAGE + 1];
        let parts = parts(rules, |rules| Items {
            rules,
            ..Items::default()
        });
        let sizes: Vec<_> = parts.iter().map(|part| part.rules.len()).collect();
        assert_eq!(sizes, [ITEMS_PER_MESSAGE, 1]);
    }
}
