use clap::Parser;

use crate::commands::Command;
use crate::exit::EXIT_CODES;

/// Assigns and revokes software licenses for many users at once.
///
/// Seatkeeper decides each user by the rules of the catalog: exclusions, dependencies, usage
/// locations and available seats. It commits each decision and streams one result per user.
/// `seatkeeper demo` shows the main features in about a minute.
#[derive(Debug, Parser)]
#[command(name = "seatkeeper", version, after_help = EXIT_CODES, propagate_version = true)]
#[command(arg_required_else_help = true, subcommand_required = true)]
pub(crate) struct CommandLine {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }

    #[test]
    fn users_must_be_given_in_exactly_one_way() {
        let parse = |users: &[&str]| {
            let words = ["seatkeeper", "assign", "--customer", "c", "--product", "p"];
            CommandLine::try_parse_from(words.iter().chain(users)).is_ok()
        };
        assert!(parse(&["--all"]));
        assert!(parse(&["--user", "ann", "--user", "bob"]));
        assert!(!parse(&[]));
        assert!(!parse(&["--all", "--filter", "state = ACTIVE"]));
    }
}
