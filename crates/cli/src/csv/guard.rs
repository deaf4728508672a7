//! The guard of CSV cells. A spreadsheet runs a cell such as `=cmd|…` as a formula. The command
//! line therefore writes an apostrophe before such a text, and removes the apostrophe when it reads
//! a file.
//!
//! A text that begins with an apostrophe gets another one only if its apostrophe would be taken for
//! a guard, so that `'t Hart` stays unchanged. Every text is read back exactly as it was written.

use std::borrow::Cow;

const GUARD: char = '\'';

/// Returns the cell for `text`, guarded if necessary.
pub(crate) fn encode(text: &str) -> Cow<'_, str> {
    let is_like_a_guarded_cell = text.strip_prefix(GUARD).is_some_and(needs_guard_below);
    if is_formula(text) || is_like_a_guarded_cell {
        Cow::Owned(format!("{GUARD}{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Returns the text of a cell, without its guard.
pub(super) fn decode(cell: &str) -> &str {
    match cell.strip_prefix(GUARD) {
        Some(text) if needs_guard_below(text) => text,
        Some(_) | None => cell,
    }
}

/// Whether an apostrophe before `text` is a guard.
fn needs_guard_below(text: &str) -> bool {
    is_formula(text) || text.starts_with(GUARD)
}

/// Whether a spreadsheet may run `text` as a formula, also after removing leading white space.
fn is_formula(text: &str) -> bool {
    text.starts_with(['\t', '\r', '\n']) || text.trim_start().starts_with(['=', '+', '-', '@'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_that_begin_as_a_formula_are_guarded() {
        for text in [
            "=cmd|' /C calc'!A0",
            "+1",
            "-1",
            "@SUM(A1)",
            "\t=1",
            "\r=1",
            "\n=1",
            " =1",
        ] {
            assert_eq!(encode(text), format!("'{text}"));
        }
    }

    #[test]
    fn other_texts_are_written_as_they_are() {
        for text in ["", "ENTERPRISEPACK", "a=b", "'t Hart", "'", "1-2"] {
            assert_eq!(encode(text), text);
            assert_eq!(decode(text), text);
        }
    }

    proptest! {
        #[test]
        fn every_text_is_read_as_it_was_written(text in "['=+\\-@\\t\\r\\n a]{0,6}|\\PC*") {
            let cell = encode(&text);
            prop_assert_eq!(decode(&cell), text.as_str());
        }

        #[test]
        fn no_cell_begins_as_a_formula(text in "['=+\\-@\\t\\r\\n a]{0,6}|\\PC*") {
            prop_assert!(!is_formula(&encode(&text)));
        }
    }
}
