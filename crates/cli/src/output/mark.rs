use console::{StyledObject, style};

/// How one user fared, as the sign that begins its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Something was done and nothing failed.
    Done,
    /// There was nothing to do.
    Nothing,
    /// Something failed.
    Failed,
}

impl Mark {
    /// The sign, colored where the terminal shows colors.
    pub(crate) fn sign(self) -> StyledObject<&'static str> {
        match self {
            Self::Done => style("✔").green(),
            Self::Nothing => style("–").dim(),
            Self::Failed => style("✘").red(),
        }
    }
}

/// A heading above a table or a step.
pub(crate) fn heading(text: &str) -> StyledObject<&str> {
    style(text).bold()
}

/// A word that carries the line.
pub(crate) fn strong<T>(text: T) -> StyledObject<T> {
    style(text).bold()
}
