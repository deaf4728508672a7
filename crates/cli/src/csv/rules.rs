//! The files of the rules between service plans.

use super::{CatalogFiles, CsvError, CsvReader};

/// Reads dependencies. Each row names one plan that satisfies the need of another plan. All rows of
/// a plan form one dependency: any one of them satisfies it.
pub(super) fn read_dependencies(
    mut reader: CsvReader,
    files: &mut CatalogFiles,
) -> Result<(), CsvError> {
    let plan = reader.require(&["service_plan_id"])?;
    let needed = reader.require(&["needs_any_of_id"])?;
    while let Some(row) = reader.next_row()? {
        let plan = row.identifier(plan)?;
        let needed = row.identifier(needed)?;
        files.needs.entry(plan).or_default().insert(needed);
    }
    Ok(())
}

/// Reads exclusion groups, one row per plan of a group.
pub(super) fn read_exclusions(
    mut reader: CsvReader,
    files: &mut CatalogFiles,
) -> Result<(), CsvError> {
    let group = reader.require(&["exclusion_group"])?;
    let plan = reader.require(&["service_plan_id"])?;
    while let Some(row) = reader.next_row()? {
        let name = row.required(group)?.to_owned();
        let member = row.identifier(plan)?;
        files.groups.entry(name).or_default().insert(member);
    }
    Ok(())
}

/// Reads prohibited locations, one row per plan and country.
pub(super) fn read_locations(
    mut reader: CsvReader,
    files: &mut CatalogFiles,
) -> Result<(), CsvError> {
    let plan = reader.require(&["service_plan_id"])?;
    let country = reader.require(&["prohibited_country"])?;
    while let Some(row) = reader.next_row()? {
        let plan = row.identifier(plan)?;
        let country = row.country(country)?;
        files.prohibited.entry(plan).or_default().insert(country);
    }
    Ok(())
}
