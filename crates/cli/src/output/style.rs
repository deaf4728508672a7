use std::fmt;

use console::colors_enabled;

use super::safe::Style;

const BOLD: Style = Style("1");
const DIM: Style = Style("2");
const RED: Style = Style("31");
const GREEN: Style = Style("32");
const PLAIN: Style = Style("0");

/// The result of one user, shown as the first symbol of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ResultSymbol {
    /// At least one change was made, and none failed.
    Done,
    /// No change was necessary.
    Nothing,
    /// At least one change failed.
    Failed,
}

/// A text with a style, for terminals that show styles.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Styled<T> {
    style: Style,
    text: T,
}

impl ResultSymbol {
    /// The symbol with its color, for terminals that show colors.
    pub(crate) fn colored(self) -> Styled<&'static str> {
        let style = match self {
            Self::Done => GREEN,
            Self::Nothing => DIM,
            Self::Failed => RED,
        };
        let text = self.plain();
        Styled { style, text }
    }

    /// The symbol without color, for a table cell.
    pub(crate) fn plain(self) -> &'static str {
        match self {
            Self::Done => "✔",
            Self::Nothing => "–",
            Self::Failed => "✘",
        }
    }
}

/// A heading above a table or a step.
pub(crate) fn heading(text: &str) -> Styled<&str> {
    strong(text)
}

/// Emphasizes the most important word of a line.
pub(crate) fn strong<T>(text: T) -> Styled<T> {
    Styled { style: BOLD, text }
}

impl<T: fmt::Display> fmt::Display for Styled<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if colors_enabled() {
            write!(f, "{}{}{PLAIN}", self.style, self.text)
        } else {
            self.text.fmt(f)
        }
    }
}
