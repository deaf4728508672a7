use super::catalog_files::company;
use super::{CatalogFiles, Problem, Sheet, SheetError};

const KINDS: &[&str] = &["product", "service_plan"];
const SCOPES: &[&str] = &["user", "company"];

/// A row that says whom a product or plan is for. It is put on when all files are read, as the file
/// of products may come after.
pub(super) struct Mark {
    is_product: bool,
    id: String,
    company: bool,
    /// The error, should nothing of that identifier be in the import.
    missing: SheetError,
}

/// Reads whom products and plans are for: `kind` product or `service_plan`, `id`, and `applies_to`
/// user or company.
pub(super) fn read(mut sheet: Sheet, files: &mut CatalogFiles) -> Result<(), SheetError> {
    let kind = sheet.require(&["kind"])?;
    let id_column = sheet.require(&["id"])?;
    let scope = sheet.require(&["applies_to"])?;
    while let Some(row) = sheet.next_row()? {
        let one_of = |column, accepted: &'static [&'static str]| {
            let given = row.required(column)?;
            let place = accepted.iter().position(|known| *known == given);
            place.ok_or_else(|| {
                let given = given.to_owned();
                row.error(column, Problem::NotOneOf { given, accepted })
            })
        };
        let is_product = one_of(kind, KINDS)? == 0;
        let company = one_of(scope, SCOPES)? == 1;
        let id = row.identifier(id_column)?;
        let missing = row.error(id_column, Problem::NotInThisImport { id: id.clone() });
        files.marks.push(Mark {
            is_product,
            id,
            company,
            missing,
        });
    }
    Ok(())
}

impl Mark {
    pub(super) fn put_on(self, files: &mut CatalogFiles) -> Result<(), SheetError> {
        let applies_to = if self.company { company() } else { 0 };
        let mut found = false;
        if self.is_product {
            if let Some(product) = files.products.get_mut(&self.id) {
                product.applies_to = applies_to;
                found = true;
            }
        } else {
            for plan in files.spellings_of(&self.id) {
                plan.applies_to = applies_to;
                found = true;
            }
        }
        if found { Ok(()) } else { Err(self.missing) }
    }
}
