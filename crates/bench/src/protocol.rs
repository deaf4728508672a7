//! The messages between a comparison and the drivers of its two servers: one JSON object per line.
//! A driver of an older commit must understand them. So fields may be added but never changed; any
//! other change needs a new [`VERSION`].

use serde::{Deserialize, Serialize};

use crate::scenario_results::Unit;

/// The version of these messages.
pub(crate) const VERSION: u32 = 1;

/// Requests one round from a driver.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RoundRequest {
    /// The name of the scenario.
    pub(crate) scenario: String,
    pub(crate) work: Work,
}

/// The amount of work in one round, the same for both servers and independent of their drivers'
/// builds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Work {
    /// Users of a batch. Unary calls use the users of the same customer.
    pub(crate) users: usize,
    /// Assigning batches in the scenario `throughput`; equally many revoke.
    pub(crate) batches: usize,
    /// Assigning calls of a single caller; equally many revoke.
    pub(crate) calls_alone: usize,
    /// Number of concurrent callers, each with its own connection.
    pub(crate) callers: usize,
    /// Assigning calls of all concurrent callers together; equally many revoke.
    pub(crate) calls_together: usize,
    pub(crate) followers: usize,
    /// Users of a batch with followers.
    pub(crate) followed_users: usize,
}

impl Work {
    /// One to three seconds per round with a release build.
    pub(crate) fn full() -> Self {
        Self {
            users: 100_000,
            batches: 5,
            calls_alone: 500,
            callers: 64,
            calls_together: 4_000,
            followers: 100,
            followed_users: 50_000,
        }
    }

    /// The smallest amount that runs everything once.
    pub(crate) fn quick() -> Self {
        Self {
            users: 200,
            batches: 1,
            calls_alone: 4,
            callers: 4,
            calls_together: 16,
            followers: 10,
            followed_users: 200,
        }
    }
}

/// A response of a driver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// The first response, sent when the server listens.
    Ready { version: u32 },
    /// What one round measured.
    Figures(Vec<Figure>),
    /// The reason why a round could not be measured.
    Error(String),
}

/// One figure of a round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) value: f64,
    pub(crate) unit: String,
    pub(crate) better: Better,
}

/// The direction of improvement of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Better {
    Higher,
    Lower,
}

impl Figure {
    /// A figure that is better when it is higher.
    pub(crate) fn rate(name: impl Into<String>, value: f64, unit: Unit) -> Self {
        Self {
            name: name.into(),
            value,
            unit: unit.name().to_owned(),
            better: Better::Higher,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_what_drivers_of_older_commits_read_and_write() {
        let ready = Answer::Ready { version: 1 };
        let json = serde_json::to_string(&ready).unwrap();
        assert_eq!(json, r#"{"ready":{"version":1}}"#);
        let figures = Answer::Figures(vec![Figure::rate("a", 2.5, Unit::CallsPerSecond)]);
        let json = serde_json::to_string(&figures).unwrap();
        let expected =
            r#"{"figures":[{"name":"a","value":2.5,"unit":"calls/s","better":"higher"}]}"#;
        assert_eq!(json, expected);
        let request = RoundRequest {
            scenario: "unary".to_owned(),
            work: Work::full(),
        };
        let json = serde_json::to_string(&request).unwrap();
        let expected = r#"{"scenario":"unary","work":{"users":100000,"batches":5,"calls_alone":500,"callers":64,"calls_together":4000,"followers":100,"followed_users":50000}}"#;
        assert_eq!(json, expected);
    }

    #[test]
    fn a_field_that_a_newer_commit_added_is_passed_over() {
        let line = r#"{"ready":{"version":1,"commit":"0"}}"#;
        let answer: Answer = serde_json::from_str(line).unwrap();
        assert_eq!(answer, Answer::Ready { version: 1 });
    }
}
