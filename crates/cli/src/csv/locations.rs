use super::{CatalogFiles, CsvError, CsvReader};

/// Reads prohibited locations, one row per plan and country.
pub(super) fn read(mut reader: CsvReader, files: &mut CatalogFiles) -> Result<(), CsvError> {
    let plan = reader.require(&["service_plan_id"])?;
    let country = reader.require(&["prohibited_country"])?;
    while let Some(row) = reader.next_row()? {
        let plan = row.identifier(plan)?;
        let country = row.country(country)?;
        files.prohibited.entry(plan).or_default().insert(country);
    }
    Ok(())
}
