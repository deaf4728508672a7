use seatkeeper_proto::v1::{Product, ServicePlan};

use super::catalog_files::PlanSpelling;
use super::{CatalogFiles, CsvError, CsvReader};
use crate::identifier;

/// Column names of the published table, each with the name that re-exports use.
pub(super) const PRODUCT_ID: &[&str] = &["sku_id", "guid"];
pub(super) const PLAN_ID: &[&str] = &["service_plan_id"];
const PRODUCT_PART_NUMBER: &[&str] = &["sku_part_number", "string_id"];
const PRODUCT_DISPLAY_NAME: &[&str] = &["product_display_name"];
const PLAN_PART_NUMBER: &[&str] = &["service_plan_name"];
const PLAN_DISPLAY_NAME: &[&str] = &[
    "service_plan_display_name",
    "service_plans_included_friendly_names",
];

/// Reads the table of products and plans, one row per pair.
pub(super) fn read(mut reader: CsvReader, files: &mut CatalogFiles) -> Result<(), CsvError> {
    let product_id = reader.require(PRODUCT_ID)?;
    let plan_id = reader.require(PLAN_ID)?;
    let product_part_number = reader.find(PRODUCT_PART_NUMBER);
    let product_display_name = reader.find(PRODUCT_DISPLAY_NAME);
    let plan_part_number = reader.find(PLAN_PART_NUMBER);
    let plan_display_name = reader.find(PLAN_DISPLAY_NAME);
    while let Some(row) = reader.next_row()? {
        let id = row.identifier(product_id)?;
        let plan = row.identifier(plan_id)?;
        let product = files.products.entry(id).or_insert_with_key(|id| Product {
            name: identifier::product(id),
            part_number: row.cell_of(product_part_number).to_owned(),
            display_name: row.cell_of(product_display_name).to_owned(),
            ..Product::default()
        });
        let name = identifier::any_plan(&plan);
        if !product.service_plans.contains(&name) {
            product.service_plans.push(name.clone());
        }
        let part_number = row.cell_of(plan_part_number).to_owned();
        let display_name = row.cell_of(plan_display_name).to_owned();
        let spelling = (plan, part_number.clone(), display_name.clone());
        let spelled = files.plans.entry(spelling).or_insert_with(|| PlanSpelling {
            plan: ServicePlan {
                name,
                part_number,
                display_name,
                ..ServicePlan::default()
            },
            row_count: 0,
        });
        spelled.row_count += 1;
    }
    Ok(())
}
