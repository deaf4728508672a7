use super::{CatalogFiles, Sheet, SheetError};

/// Reads where plans may not be used, one row for each plan and country.
pub(super) fn read(mut sheet: Sheet, files: &mut CatalogFiles) -> Result<(), SheetError> {
    let plan = sheet.require(&["service_plan_id"])?;
    let country = sheet.require(&["prohibited_country"])?;
    while let Some(row) = sheet.next_row()? {
        let plan = row.identifier(plan)?;
        let country = row.country(country)?;
        files.prohibited.entry(plan).or_default().insert(country);
    }
    Ok(())
}
