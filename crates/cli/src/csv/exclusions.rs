use super::{CatalogFiles, CsvError, CsvReader};

/// Reads exclusion groups, one row per plan of a group.
pub(super) fn read(mut reader: CsvReader, files: &mut CatalogFiles) -> Result<(), CsvError> {
    let group = reader.require(&["exclusion_group"])?;
    let plan = reader.require(&["service_plan_id"])?;
    while let Some(row) = reader.next_row()? {
        let name = row.required(group)?.to_owned();
        let member = row.identifier(plan)?;
        files.groups.entry(name).or_default().insert(member);
    }
    Ok(())
}
