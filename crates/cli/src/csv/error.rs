use std::fmt;

use crate::limits::{FIELD_BYTES_MAX, RECORD_BYTES_MAX};
use crate::output::one_line;

/// An error in a CSV file, with its position.
#[derive(Debug, thiserror::Error)]
pub(crate) struct CsvError {
    /// The file name as it was given.
    pub(crate) file: String,
    /// The line, counted from 1 with the header; `None` if the error concerns the whole file.
    pub(crate) line: Option<u64>,
    /// The column's name as spelled in the file.
    pub(crate) column: Option<String>,
    /// The error at this position.
    #[source]
    pub(crate) problem: Problem,
}

/// An error in a CSV file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error("could not be read")]
    Unreadable(#[source] std::io::Error),
    #[error("is not well-formed CSV in UTF-8")]
    Malformed(#[source] csv::Error),
    #[error("has a record of more than {RECORD_BYTES_MAX} bytes, which is the maximum")]
    RecordTooLong,
    #[error("has a field of {given} bytes; the maximum is {FIELD_BYTES_MAX}")]
    FieldTooLong { given: usize },
    #[error("has no column `{0}`; add it to the header")]
    ColumnMissing(&'static str),
    #[error("the header matches no kind of file that can be imported; its columns are {0:?}")]
    UnknownHeader(Vec<String>),
    #[error("is empty, but a value is required")]
    Empty,
    #[error(
        "`{}` is not an identifier: use 1 to 64 ASCII letters, digits and - . _ ~ @ + ' !, beginning with a letter or digit",
        one_line(.0)
    )]
    NotAnIdentifier(String),
    #[error("`{}` is not one of {accepted:?}", one_line(given))]
    NotOneOf {
        given: String,
        accepted: &'static [&'static str],
    },
    #[error("`{}` is not a country code of two letters such as CH", one_line(.0))]
    NotACountry(String),
    #[error(
        "`{}` is in no products file of this import; add that file to the same command",
        one_line(id)
    )]
    NotInThisImport { id: String },
}

impl fmt::Display for CsvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, " line {line}")?;
        }
        if let Some(column) = &self.column {
            write!(f, ", column `{column}`")?;
        }
        Ok(())
    }
}
