use std::fmt;

use crate::limits::{FIELD_BYTES_MAX, RECORD_BYTES_MAX};
use crate::output::one_line;

/// What is wrong with a CSV file, and where.
#[derive(Debug, thiserror::Error)]
pub(crate) struct CsvError {
    /// The file, as it was given.
    pub(crate) file: String,
    /// The line, counting from 1 with the header; `None` when it is about the whole file.
    pub(crate) line: Option<u64>,
    /// The column's name in the file's own spelling.
    pub(crate) column: Option<String>,
    /// What is wrong there.
    #[source]
    pub(crate) problem: Problem,
}

/// What can be wrong with a CSV file.
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
    #[error("has no column `{0}`; its header must name it")]
    ColumnMissing(&'static str),
    #[error("the header fits none of the files that can be imported; it has the columns {0:?}")]
    UnknownHeader(Vec<String>),
    #[error("is empty, but a value is required")]
    Empty,
    #[error(
        "`{}` is no identifier: 1 to 64 of ASCII letters, digits and - . _ ~ @ + ' !, beginning with a letter or digit",
        one_line(.0)
    )]
    NotAnIdentifier(String),
    #[error("`{}` is not one of {accepted:?}", one_line(given))]
    NotOneOf {
        given: String,
        accepted: &'static [&'static str],
    },
    #[error("`{}` is no country code: two letters such as CH", one_line(.0))]
    NotACountry(String),
    #[error(
        "`{}` is in no file of products of this import; name that file in the same command",
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
