//! The driver's side of a comparison. It starts one server on its own database and runs one round
//! for each request on standard input, until standard input is closed.

use std::io::Write as _;

use crate::environment::Environment;
use crate::options::Options;
use crate::protocol::{Answer, RoundRequest, VERSION};
use crate::server::{Program, directory};
use crate::{Error, rounds};

/// Reads requests from standard input and writes figures to standard output.
pub(crate) async fn run(options: &Options, program: Program) -> Result<(), Error> {
    let [database] = *options.databases else {
        return Err("--drive needs exactly one --database".into());
    };
    let mut environment =
        Environment::open_settled(program, database, &directory(options)?).await?;
    write(&Answer::Ready { version: VERSION })?;
    for line in std::io::stdin().lines() {
        let request: RoundRequest = serde_json::from_str(&line?)?;
        let answer = match rounds::run(&mut environment, &request).await {
            Ok(figures) => Answer::Figures(figures),
            Err(error) => Answer::Error(format!("{}: {error}", request.scenario)),
        };
        write(&answer)?;
    }
    Ok(())
}

fn write(answer: &Answer) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", serde_json::to_string(answer)?)?;
    Ok(out.flush()?)
}
