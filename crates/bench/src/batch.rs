use std::time::{Duration, Instant};

use seatkeeper_proto::v1::{BatchUpdateLicensesRequest, batch_event};

use crate::Error;
use crate::world::World;

/// When the results of one batch came, from the moment it was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Timing {
    pub(crate) first_result: Duration,
    pub(crate) last_result: Duration,
}

/// Runs a batch, reads every result and checks that nobody failed.
pub(crate) async fn run(
    world: &World,
    request: BatchUpdateLicensesRequest,
) -> Result<Timing, Error> {
    let start = Instant::now();
    let mut client = world.licenses.clone();
    let mut stream = client.batch_update_licenses(request).await?.into_inner();
    let (mut first_result, mut users) = (None, 0);
    while let Some(message) = stream.message().await? {
        match message.event.and_then(|event| event.event) {
            Some(batch_event::Event::Results(results)) => {
                first_result.get_or_insert_with(|| start.elapsed());
                users += results.results.len();
            }
            Some(batch_event::Event::Finished(finished)) => {
                let failed = finished
                    .summary
                    .map_or(0, |summary| summary.failed_user_count);
                if failed > 0 || users != world.users {
                    return Err(format!("{users} results, {failed} of them failed").into());
                }
            }
            _ => {}
        }
    }
    let first_result = first_result.ok_or("no result came")?;
    Ok(Timing {
        first_result,
        last_result: start.elapsed(),
    })
}
