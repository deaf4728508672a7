//! CSV files as they occur in practice: with a byte order mark, stray white space, tabs at line
//! ends, and several spellings of the header. Every error names file, line and column. The size of
//! records and fields is limited, and cells that a spreadsheet would run as formulas are guarded.

mod applies_to;
mod bounded;
mod catalog_files;
mod error;
mod guard;
mod products;
mod reader;
mod row;
mod rules;
mod users;
mod writer;

pub(crate) use catalog_files::{CatalogFiles, CatalogItems};
pub(crate) use error::{CsvError, Problem};
pub(crate) use users::UserCsv;
pub(crate) use writer::{Cell, CsvWriter};

use reader::CsvReader;
use row::Row;
