use clap::Parser;

use crate::commands::Command;
use crate::exit::EXIT_CODES;

/// Assigns and revokes software licenses for many users at once.
///
/// Seatkeeper decides user by user under the rules of the catalog (what excludes what, what needs
/// what, where something may be used, how many seats there are), writes each decision durably, and
/// streams one result per user. `seatkeeper demo` shows all of it in a minute.
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
