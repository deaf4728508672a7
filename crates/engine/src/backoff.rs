use std::time::Duration;

/// The pause after the failed attempt number `attempt`, counted from 1: `first`, and twice as long
/// after each further one, up to `max`.
#[must_use]
pub fn backoff(first: Duration, max: Duration, attempt: u32) -> Duration {
    let doublings = attempt.saturating_sub(1).min(u32::BITS - 1);
    first.saturating_mul(1 << doublings).min(max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_the_longest() {
        let millis = |attempt| {
            let pause = backoff(Duration::from_millis(20), Duration::from_secs(1), attempt);
            pause.as_millis()
        };
        let pauses = [1, 2, 3, 6, 7, 100, u32::MAX].map(millis);
        assert_eq!(pauses, [20, 40, 80, 640, 1_000, 1_000, 1_000]);
    }
}
