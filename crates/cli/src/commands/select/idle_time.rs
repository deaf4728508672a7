use prost_types::Duration;

use crate::duration;

/// Parses an idle time such as `90s`, `45m`, `12h` or `7d`.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let duration = duration::parse(text)?;
    Ok(Duration {
        seconds: i64::try_from(duration.as_secs()).map_err(|error| error.to_string())?,
        nanos: 0,
    })
}
