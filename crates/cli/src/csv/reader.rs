use std::fs::File;
use std::io::Read;
use std::path::Path;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::bounded::{Bounded, End, is_too_long};
use super::{CsvError, Problem, Row};
use crate::limits::{FIELD_BYTES_MAX, RECORD_BYTES_MAX};

/// An open CSV file whose header has been read. Cells are returned trimmed; rows may be longer or
/// shorter than the header.
pub(crate) struct CsvReader {
    file: String,
    header: Vec<String>,
    reader: csv::Reader<Bounded<Box<dyn Read + Send>>>,
    /// Byte offset up to which the next record may extend.
    end: End,
    record: StringRecord,
}

impl CsvReader {
    pub(super) fn open(path: &Path) -> Result<Self, CsvError> {
        let file = path.display().to_string();
        match File::open(path) {
            Ok(opened) => Self::read(file, Box::new(opened)),
            Err(error) => Err(whole(file, Problem::Unreadable(error))),
        }
    }

    #[cfg(test)]
    pub(super) fn of_text(file: &str, text: &'static [u8]) -> Result<Self, CsvError> {
        Self::read(file.to_owned(), Box::new(text))
    }

    #[cfg(test)]
    pub(super) fn of_bytes(file: &str, text: Vec<u8>) -> Result<Self, CsvError> {
        Self::read(file.to_owned(), Box::new(std::io::Cursor::new(text)))
    }

    fn read(file: String, input: Box<dyn Read + Send>) -> Result<Self, CsvError> {
        let (input, end) = Bounded::new(input);
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .trim(Trim::All)
            .from_reader(input);
        let header = match reader.headers() {
            Ok(header) => header,
            Err(error) => return Err(malformed(&file, 1, error)),
        };
        check_lengths(&file, 1, header)?;
        Ok(Self {
            file,
            header: header.iter().map(str::to_lowercase).collect(),
            reader,
            end,
            record: StringRecord::new(),
        })
    }

    /// The index of the first column with one of these names.
    pub(super) fn find(&self, names: &[&str]) -> Option<usize> {
        self.header
            .iter()
            .position(|column| names.contains(&column.as_str()))
    }

    pub(super) fn require(&self, names: &[&'static str]) -> Result<usize, CsvError> {
        self.find(names).ok_or_else(|| {
            let wanted = names.first().copied().unwrap_or_default();
            whole(self.file.clone(), Problem::ColumnMissing(wanted))
        })
    }

    /// The next row with a value in at least one cell; `None` at the end of the file.
    pub(super) fn next_row(&mut self) -> Result<Option<Row<'_>>, CsvError> {
        loop {
            let line = self.reader.position().line();
            self.end.allow_record_at(self.reader.position().byte());
            match self.reader.read_record(&mut self.record) {
                Err(error) => return Err(malformed(&self.file, line, error)),
                Ok(false) => return Ok(None),
                Ok(true) if self.record.iter().all(str::is_empty) => {}
                Ok(true) => {
                    let line = self.record.position().map_or(line, csv::Position::line);
                    check_lengths(&self.file, line, &self.record)?;
                    break;
                }
            }
        }
        Ok(Some(Row {
            file: &self.file,
            header: &self.header,
            record: &self.record,
        }))
    }

    /// Bytes of the file read so far.
    pub(super) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    pub(super) fn unknown_header(self) -> CsvError {
        whole(self.file, Problem::UnknownHeader(self.header))
    }
}

fn whole(file: String, problem: Problem) -> CsvError {
    CsvError {
        file,
        line: None,
        column: None,
        problem,
    }
}

/// Converts a parser error for the record that starts at or after `line`.
fn malformed(file: &str, line: u64, error: csv::Error) -> CsvError {
    if is_too_long(&error) {
        return at(file, line, Problem::RecordTooLong);
    }
    CsvError {
        file: file.to_owned(),
        line: error.position().map(csv::Position::line),
        column: None,
        problem: Problem::Malformed(error),
    }
}

fn at(file: &str, line: u64, problem: Problem) -> CsvError {
    CsvError {
        file: file.to_owned(),
        line: Some(line),
        column: None,
        problem,
    }
}

fn check_lengths(file: &str, line: u64, record: &StringRecord) -> Result<(), CsvError> {
    if record.as_slice().len() > RECORD_BYTES_MAX {
        return Err(at(file, line, Problem::RecordTooLong));
    }
    match record.iter().map(str::len).max() {
        Some(given) if given > FIELD_BYTES_MAX => {
            Err(at(file, line, Problem::FieldTooLong { given }))
        }
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_byte_order_mark_trailing_tabs_and_blank_lines_are_survived() {
        let text = b"\xef\xbb\xbfGUID , Name\t\n\n x1 ,  Ann \t\n ,\t\n";
        let mut reader = CsvReader::of_text("f.csv", text).unwrap();
        assert_eq!(reader.header, ["guid", "name"]);
        let row = reader.next_row().unwrap().unwrap();
        assert_eq!(row.identifier(0).unwrap(), "x1");
        assert_eq!(row.cell(1), "Ann");
        assert!(reader.next_row().unwrap().is_none());
    }

    #[test]
    fn bytes_that_are_no_utf8_name_their_line() {
        let mut reader = CsvReader::of_text("f.csv", b"id\nok\n\xff\xfe\n").unwrap();
        reader.next_row().unwrap();
        let error = reader.next_row().unwrap_err();
        assert_eq!(error.line, Some(3));
    }

    #[test]
    fn a_missing_column_is_named() {
        let reader = CsvReader::of_text("f.csv", b"id\n").unwrap();
        let error = reader.require(&["sign_in_name"]).unwrap_err();
        assert_eq!(error.to_string(), "f.csv");
        assert!(error.problem.to_string().contains("sign_in_name"));
    }

    #[test]
    fn a_guard_is_removed_from_a_cell() {
        let text = b"name\n'=1\n''=1\n't Hart\n";
        let mut reader = CsvReader::of_text("f.csv", text).unwrap();
        let mut cells = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            cells.push(row.cell(0).to_owned());
        }
        assert_eq!(cells, ["=1", "'=1", "'t Hart"]);
    }

    #[test]
    fn an_endless_line_is_refused_with_its_number_and_the_maximum() {
        for start in ["", "id\n", "id\nann\n\n\"b"] {
            let input = Cursor::new(start).chain(std::io::repeat(b'x'));
            let read =
                CsvReader::read("f.csv".to_owned(), Box::new(input)).and_then(|mut reader| {
                    while reader.next_row()?.is_some() {}
                    Ok(())
                });
            let error = read.unwrap_err();
            let line = u64::try_from(start.lines().filter(|line| !line.is_empty()).count());
            let found = error.line.unwrap();
            assert!((line.unwrap()..=4).contains(&found), "{start:?}: {found}");
            let problem = error.problem.to_string();
            assert!(problem.contains("1048576 bytes"), "{problem}");
        }
    }

    #[test]
    fn an_endless_record_of_short_lines_or_fields_is_refused() {
        for (start, rest) in [("id\n\"", "x\n"), ("id\n", "x,")] {
            let rest = rest.repeat(4 * RECORD_BYTES_MAX);
            let mut reader = CsvReader::of_bytes("f.csv", format!("{start}{rest}").into()).unwrap();
            let error = reader.next_row().unwrap_err();
            assert!(matches!(error.problem, Problem::RecordTooLong), "{error:?}");
            assert_eq!(error.line, Some(2));
        }
    }

    #[test]
    fn a_field_of_the_greatest_length_is_read_and_a_longer_one_is_refused() {
        let longest = "x".repeat(FIELD_BYTES_MAX);
        let text = format!("id\n{longest}\n{longest}x\n");
        let mut reader = CsvReader::of_bytes("f.csv", text.into()).unwrap();
        assert_eq!(
            reader.next_row().unwrap().unwrap().cell(0).len(),
            FIELD_BYTES_MAX
        );
        let error = reader.next_row().unwrap_err();
        assert_eq!(error.to_string(), "f.csv line 3");
        let problem = "has a field of 65537 bytes; the maximum is 65536";
        assert_eq!(error.problem.to_string(), problem);
    }

    #[test]
    fn a_file_of_any_length_is_read() {
        let text = format!("id\n{}", "ann,bo\n".repeat(1_000_000));
        let mut reader = CsvReader::of_bytes("f.csv", text.into()).unwrap();
        let mut rows = 0;
        while reader.next_row().unwrap().is_some() {
            rows += 1;
        }
        assert_eq!(rows, 1_000_000);
    }
}
