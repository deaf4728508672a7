use super::{CatalogFiles, CsvError, CsvReader};

/// Reads dependencies. Each row names one plan that satisfies the need of another plan. All rows of
/// a plan form one dependency: any one of them satisfies it.
pub(super) fn read(mut reader: CsvReader, files: &mut CatalogFiles) -> Result<(), CsvError> {
    let plan = reader.require(&["service_plan_id"])?;
    let needed = reader.require(&["needs_any_of_id"])?;
    while let Some(row) = reader.next_row()? {
        let plan = row.identifier(plan)?;
        let needed = row.identifier(needed)?;
        files.needs.entry(plan).or_default().insert(needed);
    }
    Ok(())
}
