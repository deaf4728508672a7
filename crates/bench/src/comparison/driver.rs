use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::turns::Side;
use crate::Error;
use crate::options::DatabaseKind;
use crate::protocol::{Answer, Figure, RoundRequest, VERSION};
use crate::server::Program;

/// A benchmark process that loads one of the two servers, one round at a time. Each server has its
/// own driver, so that both get the same load. A driver waits for the next request while the other
/// server has its turn.
pub(super) struct Driver {
    /// The server's name in errors: measured or baseline.
    name: &'static str,
    process: Child,
    /// Closing the pipe ends the process.
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts a driver and waits until it is ready. The driver starts its server on a new database.
    pub(super) fn start(
        name: &'static str,
        bench: &Path,
        program: &Program,
        database: DatabaseKind,
        directory: &Path,
    ) -> Result<Self, Error> {
        let mut command = Command::new(bench);
        command
            .arg("--drive")
            .args(["--database", database.argument()])
            .arg("--directory")
            .arg(directory)
            .arg("--server")
            .arg(&program.binary);
        for argument in &program.arguments {
            command.arg(format!("--server-arg={argument}"));
        }
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("can't run {}: {error}", bench.display()))?;
        let (requests, answers) = (process.stdin.take(), process.stdout.take());
        let mut driver = Self {
            name,
            process,
            requests,
            answers: BufReader::new(answers.ok_or("a driver has no standard output")?),
        };
        match driver.answer() {
            Ok(Answer::Ready { version: VERSION }) => Ok(driver),
            Ok(answer) => Err(format!(
                "the driver of the {name} server has another version: {answer:?}, not {VERSION}"
            )
            .into()),
            Err(error) => Err(format!(
                "the driver of the {name} server is not ready: {error}; read its error above, and \
                 check that {} has the option --drive",
                bench.display()
            )
            .into()),
        }
    }

    fn answer(&mut self) -> Result<Answer, Error> {
        let mut line = String::new();
        if self.answers.read_line(&mut line)? == 0 {
            let status = self.process.wait()?;
            return Err(format!("the driver of the {} server ended: {status}", self.name).into());
        }
        serde_json::from_str(&line).map_err(|error| format!("can't read {line:?}: {error}").into())
    }
}

impl Side for Driver {
    fn round(&mut self, request: &RoundRequest) -> Result<Vec<Figure>, Error> {
        let mut line = serde_json::to_string(request)?;
        line.push('\n');
        let requests = self.requests.as_mut();
        requests
            .ok_or("a driver has no standard input")?
            .write_all(line.as_bytes())?;
        match self.answer()? {
            Answer::Figures(figures) => Ok(figures),
            Answer::Error(error) => Err(format!("the {} server: {error}", self.name).into()),
            Answer::Ready { .. } => Err("a driver reported ready twice".into()),
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.requests.take());
        // An error of `wait` means that the driver has exited already.
        let _ = self.process.wait();
    }
}
