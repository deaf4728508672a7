use comfy_table::{Cell, CellAlignment, ContentArrangement, LineStyle, Row, Table, TableStyle};

use super::safe::one_line;

/// Only a rule below the header, so that tables are easy to read and columns can be cut out.
const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table for people. A title that begins with `#` marks a column of numbers: it is aligned to the
/// right and shown without the sign. Cells stay on one line, and control characters are escaped.
pub(crate) fn table<const N: usize>(
    titles: [&str; N],
    rows: impl IntoIterator<Item = [String; N]>,
) -> Table {
    let mut table = Table::new();
    table
        .load_style(STYLE)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_header(Row::from(titles.map(|title| title.trim_start_matches('#'))));
    for row in rows {
        table.add_row(Row::from(row.map(|cell| Cell::new_owned(one_line(&cell)))));
    }
    for (index, title) in titles.iter().enumerate() {
        if title.starts_with('#')
            && let Some(column) = table.column_mut(index)
        {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A count with thousands separators.
pub(crate) fn count(count: i64) -> String {
    let digits = indicatif::HumanCount(count.unsigned_abs());
    if count < 0 {
        format!("-{digits}")
    } else {
        digits.to_string()
    }
}

/// A number with its noun in singular or plural: "1 user", "2 users".
pub(crate) fn number_of(number: i64, one: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {one}{plural}", count(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart_below_zero_too() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(-1_200), "-1,200");
    }

    #[test]
    fn a_cell_neither_breaks_the_line_nor_controls_a_terminal() {
        let rows = [["a\nb\u{1b}[2J".to_owned()]];
        let text = table(["name"], rows).trim_fmt();
        assert!(text.ends_with("a\\u{a}b\\u{1b}[2J"), "{text:?}");
    }

    #[test]
    fn one_of_something_is_no_plural() {
        assert_eq!(number_of(1, "user"), "1 user");
        assert_eq!(number_of(0, "user"), "0 users");
        assert_eq!(number_of(1_000, "user"), "1,000 users");
    }

    #[test]
    fn numbers_are_aligned_to_the_right() {
        let rows = [["a".to_owned(), count(7)], ["b".to_owned(), count(1_000)]];
        let text = table(["name", "#count"], rows).trim_fmt();
        let ends: Vec<_> = text
            .lines()
            .skip(2)
            .map(|line| line.chars().count())
            .collect();
        assert_eq!(ends[0], ends[1], "{text}");
        assert!(!text.contains('#'));
    }
}
