use super::catalog_files::company;
use super::{CatalogFiles, CsvError, CsvReader, Problem};

const KINDS: &[&str] = &["product", "service_plan"];
const SCOPES: &[&str] = &["user", "company"];

/// A row that assigns a product or plan to users or to the company. It is applied after all files
/// are read, because the file of products may come later.
pub(super) struct AppliesToRow {
    is_product: bool,
    id: String,
    company: bool,
    /// The error to return if no file of the import describes that identifier.
    missing: CsvError,
}

/// Reads who products and plans are for. Columns: `kind` (product or `service_plan`), `id`, and
/// `applies_to` (user or company).
pub(super) fn read(mut reader: CsvReader, files: &mut CatalogFiles) -> Result<(), CsvError> {
    let kind = reader.require(&["kind"])?;
    let id_column = reader.require(&["id"])?;
    let scope = reader.require(&["applies_to"])?;
    while let Some(row) = reader.next_row()? {
        let one_of = |column, accepted: &'static [&'static str]| {
            let given = row.required(column)?;
            let index = accepted.iter().position(|known| *known == given);
            index.ok_or_else(|| {
                let given = given.to_owned();
                row.error(column, Problem::NotOneOf { given, accepted })
            })
        };
        let is_product = one_of(kind, KINDS)? == 0;
        let company = one_of(scope, SCOPES)? == 1;
        let id = row.identifier(id_column)?;
        let missing = row.error(id_column, Problem::NotInThisImport { id: id.clone() });
        files.applies_to_rows.push(AppliesToRow {
            is_product,
            id,
            company,
            missing,
        });
    }
    Ok(())
}

impl AppliesToRow {
    pub(super) fn apply(self, files: &mut CatalogFiles) -> Result<(), CsvError> {
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
