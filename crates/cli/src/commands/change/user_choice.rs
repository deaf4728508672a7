use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};
use seatkeeper_proto::v1::user_selector::Kind;
use seatkeeper_proto::v1::{AllUsers, UserList, UserSelector};

use crate::limits::{LIST_LINE_BYTES_MAX, LISTED_USERS_MAX};
use crate::lines::{LineError, Lines};
use crate::{CliError, identifier};

/// The users of the customer, selected by exactly one of five options.
#[derive(Debug, Args)]
#[group(skip)]
#[command(group(ArgGroup::new("users").required(true).args(WAYS)))]
pub(in crate::commands) struct UserChoice {
    #[command(flatten)]
    choice: OptionalUserChoice,
}

/// The options that select users.
const WAYS: [&str; 5] = ["user", "users_file", "filter", "all", "saved"];

/// The users of the customer, selected by at most one of five options.
#[derive(Debug, Args)]
#[group(multiple = false)]
#[command(next_help_heading = "Users (one of these)")]
pub(in crate::commands) struct OptionalUserChoice {
    /// A user's identifier; may be given several times. The order given is the order of processing.
    #[arg(long, value_name = "USER", value_parser = identifier::parse)]
    user: Vec<String>,

    /// A file with one user identifier per line, up to 1,000,000; `-` reads the standard input.
    #[arg(long, value_name = "FILE")]
    users_file: Option<PathBuf>,

    /// The users that match a filter expression, as in `users list`.
    #[arg(long, value_name = "EXPR")]
    filter: Option<String>,

    /// Every user of the customer.
    #[arg(long)]
    all: bool,

    /// The users of a saved selection, see `seatkeeper select`.
    #[arg(long = "selection", value_name = "SELECTION", value_parser = identifier::parse)]
    saved: Option<String>,
}

/// The users of a batch.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::commands) enum ChosenUsers {
    /// Users by identifier, in the order of processing.
    List(Vec<String>),
    Filter(String),
    All,
    /// A saved selection, by identifier.
    Saved(String),
}

impl ChosenUsers {
    /// The users as a message of the contract; a list is sent in one message.
    pub(in crate::commands) fn into_selector(self, customer: &str) -> UserSelector {
        let kind = match self {
            Self::List(users) => {
                let names = users.iter().map(|user| identifier::user(customer, user));
                Kind::Users(UserList {
                    names: names.collect(),
                })
            }
            Self::Filter(filter) => Kind::Filter(filter),
            Self::All => Kind::AllUsers(AllUsers {}),
            Self::Saved(selection) => {
                Kind::SavedSelection(identifier::selection(customer, &selection))
            }
        };
        UserSelector { kind: Some(kind) }
    }
}

impl UserChoice {
    pub(in crate::commands) fn read(self) -> Result<ChosenUsers, CliError> {
        let chosen = self.choice.read()?;
        chosen.ok_or_else(|| CliError::Usage("no users given; give --user or --filter".to_owned()))
    }
}

impl OptionalUserChoice {
    pub(in crate::commands) fn read(self) -> Result<Option<ChosenUsers>, CliError> {
        if let Some(path) = self.users_file {
            return list_of_file(&path).map(ChosenUsers::List).map(Some);
        }
        if !self.user.is_empty() {
            return Ok(Some(ChosenUsers::List(self.user)));
        }
        if self.all {
            return Ok(Some(ChosenUsers::All));
        }
        let filter = self.filter.map(ChosenUsers::Filter);
        Ok(filter.or(self.saved.map(ChosenUsers::Saved)))
    }
}

fn list_of_file(path: &Path) -> Result<Vec<String>, CliError> {
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin())
    } else {
        Box::new(File::open(path).map_err(|source| unreadable(path, source))?)
    };
    let users = list_of(path, BufReader::new(input), LISTED_USERS_MAX)?;
    if users.is_empty() {
        return Err(CliError::EmptyList {
            path: path.to_owned(),
        });
    }
    Ok(users)
}

fn list_of(path: &Path, input: impl BufRead, users_max: usize) -> Result<Vec<String>, CliError> {
    let mut users = Vec::new();
    let mut lines = Lines::new(input);
    while let Some(line) = lines
        .next_line()
        .map_err(|error| bad_line(path, lines.number(), error))?
    {
        let given = line.trim_start_matches('\u{feff}').trim();
        if given.is_empty() {
            continue;
        }
        if !identifier::is_identifier(given) {
            return Err(CliError::BadList {
                path: path.to_owned(),
                line: lines.number(),
                given: given.to_owned(),
            });
        }
        if users.len() == users_max {
            return Err(CliError::ListTooLong {
                path: path.to_owned(),
                line: lines.number(),
                maximum: users_max,
            });
        }
        users.push(identifier::normal(given));
    }
    Ok(users)
}

fn bad_line(path: &Path, line: usize, error: LineError) -> CliError {
    match error {
        LineError::Unreadable(source) => unreadable(path, source),
        LineError::TooLong => CliError::LineTooLong {
            path: path.to_owned(),
            line,
            maximum: LIST_LINE_BYTES_MAX,
        },
    }
}

fn unreadable(path: &Path, source: io::Error) -> CliError {
    CliError::File {
        path: path.to_owned(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<Vec<String>, CliError> {
        list_of(Path::new("users.txt"), text.as_bytes(), 3)
    }

    #[test]
    fn blank_lines_and_white_space_are_passed_over() {
        assert_eq!(list("\u{feff}ann\t\n\n bob\r\n").unwrap(), ["ann", "bob"]);
    }

    #[test]
    fn a_line_that_is_no_identifier_is_named() {
        let error = list("ann\nbob smith\n").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn an_endless_line_is_named_with_the_maximum() {
        let input = BufReader::new("ann\n".as_bytes().chain(io::repeat(b'x')));
        let error = list_of(Path::new("users.txt"), input, 3).unwrap_err();
        let expected = "users.txt line 2 is too long: a line may have at most 4096 bytes";
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn a_list_of_the_greatest_length_is_read_and_a_longer_one_is_refused() {
        assert_eq!(list("ann\nbo\n\nzoe\n").unwrap().len(), 3);
        let error = list("ann\nbo\n\nzoe\nraj\n").unwrap_err().to_string();
        let expected = "users.txt line 5: the list is too long: it may name at most 3 users";
        assert!(error.starts_with(expected), "{error}");
    }
}
