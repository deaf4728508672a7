use clap::Args;

use crate::CliError;

/// The page of a list to show.
#[derive(Debug, Clone, Args)]
pub(crate) struct PageChoice {
    /// Items per page, at most 1,000.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) page_size: i32,

    /// The page: `first`, `last`, or `next TOKEN` or `previous TOKEN` with a token that the output
    /// of another page shows.
    #[arg(long, num_args = 1..=2, value_names = ["PAGE", "TOKEN"], default_value = "first")]
    page: Vec<String>,
}

/// A page as a list request selects it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Page {
    First,
    Last,
    At(String),
}

impl PageChoice {
    pub(crate) fn page(&self) -> Result<Page, CliError> {
        let words: Vec<_> = self.page.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["first"] => Ok(Page::First),
            ["last"] => Ok(Page::Last),
            ["next" | "previous", token] => Ok(Page::At((*token).to_owned())),
            _ => Err(CliError::Usage(format!(
                "--page takes `first`, `last`, `next TOKEN` or `previous TOKEN`, not `{}`",
                words.join(" ")
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(words: &[&str]) -> Option<Page> {
        let choice = PageChoice {
            page_size: 50,
            page: words.iter().map(|&word| word.to_owned()).collect(),
        };
        choice.page().ok()
    }

    #[test]
    fn next_and_previous_need_a_token() {
        assert_eq!(page(&["next", "t1"]), Some(Page::At("t1".to_owned())));
        assert_eq!(page(&["next"]), None);
        assert_eq!(page(&["last", "t1"]), None);
    }
}
