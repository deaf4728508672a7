use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::Exit;
use crate::command_line::CommandLine;
use crate::output::Output;

/// `seatkeeper completions`.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  seatkeeper completions bash > ~/.local/share/bash-completion/completions/seatkeeper")]
pub(crate) struct Completions {
    /// The shell to generate the script for.
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self, out: &mut Output) -> Exit {
        let mut script = Vec::new();
        let mut command = CommandLine::command();
        clap_complete::generate(self.shell, &mut command, "seatkeeper", &mut script);
        out.raw(&script);
        Exit::Success
    }
}
