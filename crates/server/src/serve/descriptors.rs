use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::ServeError;
use crate::limits::{CONNECTIONS_MAX, DESCRIPTORS_RESERVED};

/// The limit of open connections: the configured one, or the most that the file descriptors of this
/// process allow, minus those that the server itself needs.
///
/// # Errors
/// [`ServeError::TooFewDescriptors`] when the configured limit exceeds the available descriptors.
pub(super) fn connections_max(configured: Option<usize>) -> Result<usize, ServeError> {
    let wanted = configured.unwrap_or(CONNECTIONS_MAX);
    let descriptors = raise(wanted.saturating_add(DESCRIPTORS_RESERVED));
    bounded(configured, descriptors)
}

fn bounded(configured: Option<usize>, descriptors: usize) -> Result<usize, ServeError> {
    let most = descriptors.saturating_sub(DESCRIPTORS_RESERVED).max(1);
    match configured {
        Some(connections) if connections > most => Err(ServeError::TooFewDescriptors {
            connections,
            descriptors,
            reserved: DESCRIPTORS_RESERVED,
        }),
        Some(connections) => Ok(connections),
        None => Ok(most.min(CONNECTIONS_MAX)),
    }
}

/// Raises the descriptor limit of this process to `wanted`, or as far as possible, and returns the
/// new limit.
fn raise(wanted: usize) -> usize {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return wanted;
    };
    let raised = u64::try_from(wanted).unwrap_or(u64::MAX).min(hard);
    let now = if raised > soft && setrlimit(Resource::RLIMIT_NOFILE, raised, hard).is_ok() {
        raised
    } else {
        soft
    };
    usize::try_from(now).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unset_limits_follow_the_descriptor_limit() {
        assert_eq!(bounded(None, DESCRIPTORS_RESERVED + 50).unwrap(), 50,);
        assert_eq!(bounded(None, usize::MAX).unwrap(), CONNECTIONS_MAX);
        assert_eq!(bounded(None, 10).unwrap(), 1);
    }

    #[test]
    fn more_than_there_are_descriptors_for_is_refused() {
        let given = Some(51);
        assert!(bounded(given, DESCRIPTORS_RESERVED + 51).is_ok());
        let error = bounded(given, DESCRIPTORS_RESERVED + 50).unwrap_err();
        assert!(matches!(
            error,
            ServeError::TooFewDescriptors {
                connections: 51,
                ..
            }
        ));
    }
}
