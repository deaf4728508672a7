use csv::StringRecord;

use super::{CsvError, Problem, guard};
use crate::identifier;

/// One row of a CSV file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) file: &'a str,
    pub(super) header: &'a [String],
    pub(super) record: &'a StringRecord,
}

impl<'a> Row<'a> {
    /// A cell's text without its guard; empty if the row is too short.
    pub(super) fn cell(&self, column: usize) -> &'a str {
        guard::decode(self.record.get(column).unwrap_or_default())
    }

    /// A cell's text; empty if the file has no such column.
    pub(super) fn cell_of(&self, column: Option<usize>) -> &'a str {
        column.map_or("", |column| self.cell(column))
    }

    pub(super) fn required(&self, column: usize) -> Result<&'a str, CsvError> {
        match self.cell(column) {
            "" => Err(self.error(column, Problem::Empty)),
            text => Ok(text),
        }
    }

    /// A required identifier; a GUID is converted to lower case.
    pub(super) fn identifier(&self, column: usize) -> Result<String, CsvError> {
        let text = self.required(column)?;
        if !identifier::is_identifier(text) {
            return Err(self.error(column, Problem::NotAnIdentifier(text.to_owned())));
        }
        Ok(identifier::normal(text))
    }

    /// A required country code, converted to upper case.
    pub(super) fn country(&self, column: usize) -> Result<String, CsvError> {
        let text = self.required(column)?;
        if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic()) {
            return Ok(text.to_ascii_uppercase());
        }
        Err(self.error(column, Problem::NotACountry(text.to_owned())))
    }

    /// The row's first line in the file.
    pub(super) fn line(&self) -> u64 {
        self.record.position().map_or(0, csv::Position::line)
    }

    pub(super) fn error(&self, column: usize, problem: Problem) -> CsvError {
        CsvError {
            file: self.file.to_owned(),
            line: Some(self.line()),
            column: self.header.get(column).cloned(),
            problem,
        }
    }
}
