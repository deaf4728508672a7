//! CSV files as people have them: with a byte order mark, stray white space, tabs at line ends, and
//! one of several spellings of the header. Every problem names file, line and column.

mod applies_to;
mod catalog_files;
mod dependencies;
mod error;
mod exclusions;
mod locations;
mod products;
mod reader;
mod row;
mod users;

pub(crate) use catalog_files::{CatalogFiles, CatalogItems};
pub(crate) use error::{Problem, SheetError};
pub(crate) use users::UserSheet;

use reader::Sheet;
use row::Row;
