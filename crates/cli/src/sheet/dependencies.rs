use super::{CatalogFiles, Sheet, SheetError};

/// Reads dependencies, one row for each plan that would meet the need of another. All rows of a plan
/// make one need: any of them will do.
pub(super) fn read(mut sheet: Sheet, files: &mut CatalogFiles) -> Result<(), SheetError> {
    let plan = sheet.require(&["service_plan_id"])?;
    let needed = sheet.require(&["needs_any_of_id"])?;
    while let Some(row) = sheet.next_row()? {
        let plan = row.identifier(plan)?;
        let needed = row.identifier(needed)?;
        files.needs.entry(plan).or_default().insert(needed);
    }
    Ok(())
}
