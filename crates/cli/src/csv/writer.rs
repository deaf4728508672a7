use super::guard;

/// Rows of comma-separated values. Texts are guarded because a spreadsheet may run them as
/// formulas. Numbers, including negative ones, are written unchanged: no spreadsheet runs them.
pub(crate) struct CsvWriter {
    writer: csv::Writer<Vec<u8>>,
}

/// The value of one cell.
#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Text(String),
    Number(i64),
}

impl CsvWriter {
    pub(crate) fn new() -> Self {
        Self {
            writer: csv::Writer::from_writer(Vec::new()),
        }
    }

    /// Writes one row; all rows have the same length.
    pub(crate) fn write<const N: usize>(&mut self, row: &[Cell; N]) {
        let cells = row.each_ref().map(|cell| match cell {
            Cell::Text(text) => guard::encode(text).into_owned(),
            Cell::Number(number) => number.to_string(),
        });
        self.writer
            .write_record(cells)
            .expect("a vector grows as needed, and all rows are equally long");
    }

    /// Returns the bytes written since the last call.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        let full = std::mem::take(self);
        full.writer.into_inner().expect("a vector grows as needed")
    }
}

impl Default for CsvWriter {
    fn default() -> Self {
        Self::new()
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::csv::reader::CsvReader;

    fn written(cells: &[Cell; 2]) -> String {
        let mut writer = CsvWriter::new();
        writer.write(cells);
        String::from_utf8(writer.take()).unwrap()
    }

    #[test]
    fn a_text_is_guarded_and_a_number_is_not() {
        assert_eq!(written(&["=1+1".into(), Cell::Number(-5)]), "'=1+1,-5\n");
        assert_eq!(written(&["-5".into(), "ann".into()]), "'-5,ann\n");
    }

    proptest! {
        /// Readers of CSV files trim cells, so the test uses trimmed texts only.
        #[test]
        fn an_exported_csv_file_is_read_as_it_was_written(
            texts in prop::collection::vec("['=+\\-@,\"\\n\\t a]{0,6}|\\PC*", 2)
        ) {
            let texts: Vec<&str> = texts.iter().map(|text| text.trim()).collect();
            prop_assume!(texts.iter().any(|text| !text.is_empty()));
            let mut writer = CsvWriter::new();
            writer.write(&["one".into(), "other".into()]);
            writer.write(&[texts[0].into(), texts[1].into()]);
            let mut reader = CsvReader::of_bytes("f.csv", writer.take()).unwrap();
            let row = reader.next_row().unwrap().unwrap();
            prop_assert_eq!([row.cell(0), row.cell(1)], [texts[0], texts[1]]);
        }
    }
}
