//! CSV files as people have them: with a byte order mark, stray white space, tabs at line ends, and
//! one of several spellings of the header. Every problem names file, line and column. Records and
//! fields are bounded, and cells that a spreadsheet would run as formulas are guarded.

mod applies_to;
mod bounded;
mod catalog_files;
mod dependencies;
mod error;
mod exclusions;
mod guard;
mod locations;
mod products;
mod reader;
mod row;
mod users;
mod writer;

pub(crate) use catalog_files::{CatalogFiles, CatalogItems};
pub(crate) use error::{CsvError, Problem};
pub(crate) use users::UserCsv;
pub(crate) use writer::{Cell, CsvWriter};

use reader::CsvReader;
use row::Row;
