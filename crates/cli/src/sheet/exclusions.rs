use super::{CatalogFiles, Sheet, SheetError};

/// Reads exclusion groups, one row for each plan of a group.
pub(super) fn read(mut sheet: Sheet, files: &mut CatalogFiles) -> Result<(), SheetError> {
    let group = sheet.require(&["exclusion_group"])?;
    let plan = sheet.require(&["service_plan_id"])?;
    while let Some(row) = sheet.next_row()? {
        let name = row.required(group)?.to_owned();
        let member = row.identifier(plan)?;
        files.groups.entry(name).or_default().insert(member);
    }
    Ok(())
}
