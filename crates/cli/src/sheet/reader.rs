use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::{Problem, Row, SheetError};

/// An open CSV file whose header was read. Cells come trimmed; rows may be longer or shorter than
/// the header.
pub(crate) struct Sheet {
    file: String,
    header: Vec<String>,
    reader: csv::Reader<Box<dyn Read + Send>>,
    record: StringRecord,
}

impl Sheet {
    pub(super) fn open(path: &Path) -> Result<Self, SheetError> {
        let file = path.display().to_string();
        match File::open(path) {
            Ok(opened) => Self::read(file, Box::new(opened)),
            Err(error) => Err(whole(file, Problem::Unreadable(error))),
        }
    }

    #[cfg(test)]
    pub(super) fn of_text(file: &str, text: &'static [u8]) -> Result<Self, SheetError> {
        Self::read(file.to_owned(), Box::new(text))
    }

    fn read(file: String, input: Box<dyn Read + Send>) -> Result<Self, SheetError> {
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .trim(Trim::All)
            .from_reader(input);
        let header = match reader.headers() {
            Ok(header) => header.iter().map(str::to_lowercase).collect(),
            Err(error) => return Err(malformed(&file, error)),
        };
        Ok(Self {
            file,
            header,
            reader,
            record: StringRecord::new(),
        })
    }

    /// The place of the first column that has one of these names.
    pub(super) fn find(&self, names: &[&str]) -> Option<usize> {
        self.header
            .iter()
            .position(|column| names.contains(&column.as_str()))
    }

    pub(super) fn require(&self, names: &[&'static str]) -> Result<usize, SheetError> {
        self.find(names).ok_or_else(|| {
            let wanted = names.first().copied().unwrap_or_default();
            whole(self.file.clone(), Problem::ColumnMissing(wanted))
        })
    }

    /// The next row that has a value in any cell.
    pub(super) fn next_row(&mut self) -> Result<Option<Row<'_>>, SheetError> {
        loop {
            match self.reader.read_record(&mut self.record) {
                Err(error) => return Err(malformed(&self.file, error)),
                Ok(false) => return Ok(None),
                Ok(true) if self.record.iter().all(str::is_empty) => {}
                Ok(true) => break,
            }
        }
        Ok(Some(Row {
            file: &self.file,
            header: &self.header,
            record: &self.record,
        }))
    }

    /// How many bytes of the file were read.
    pub(super) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    pub(super) fn unknown_header(self) -> SheetError {
        whole(self.file, Problem::UnknownHeader(self.header))
    }
}

fn whole(file: String, problem: Problem) -> SheetError {
    SheetError {
        file,
        line: None,
        column: None,
        problem,
    }
}

fn malformed(file: &str, error: csv::Error) -> SheetError {
    SheetError {
        file: file.to_owned(),
        line: error.position().map(csv::Position::line),
        column: None,
        problem: Problem::Malformed(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_trailing_tabs_and_blank_lines_are_survived() {
        let text = b"\xef\xbb\xbfGUID , Name\t\n\n x1 ,  Ann \t\n ,\t\n";
        let mut sheet = Sheet::of_text("f.csv", text).unwrap();
        assert_eq!(sheet.header, ["guid", "name"]);
        let row = sheet.next_row().unwrap().unwrap();
        assert_eq!(row.identifier(0).unwrap(), "x1");
        assert_eq!(row.cell(1), "Ann");
        assert!(sheet.next_row().unwrap().is_none());
    }

    #[test]
    fn bytes_that_are_no_utf8_name_their_line() {
        let mut sheet = Sheet::of_text("f.csv", b"id\nok\n\xff\xfe\n").unwrap();
        sheet.next_row().unwrap();
        let error = sheet.next_row().unwrap_err();
        assert_eq!(error.line, Some(3));
    }

    #[test]
    fn a_missing_column_is_named() {
        let sheet = Sheet::of_text("f.csv", b"id\n").unwrap();
        let error = sheet.require(&["principal_name"]).unwrap_err();
        assert_eq!(error.to_string(), "f.csv");
        assert!(error.problem.to_string().contains("principal_name"));
    }
}
