//! What a comparison and the drivers of its two servers write to each other: one JSON object a
//! line. A driver of an older commit must understand it, so fields are added and never changed;
//! anything else takes another [`VERSION`].

use serde::{Deserialize, Serialize};

use crate::scenario_results::Unit;

/// The version of these messages.
pub(crate) const VERSION: u32 = 1;

/// Asks a driver for one round.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct RoundRequest {
    /// The name of the scenario.
    pub(crate) scenario: String,
    pub(crate) work: Work,
}

/// How much work one round is: the same for both servers, whatever built their drivers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Work {
    /// Users of a batch, and of the customer whose users are called one by one.
    pub(crate) users: usize,
    /// Batches of the scenario `throughput` that assign; as many revoke.
    pub(crate) batches: usize,
    /// Calls that assign, one at a time; as many revoke.
    pub(crate) calls_alone: usize,
    /// Callers at a time, each with a connection of its own.
    pub(crate) callers: usize,
    /// Calls that assign, by all of those callers; as many revoke.
    pub(crate) calls_together: usize,
    pub(crate) followers: usize,
    /// Users of a batch that is followed.
    pub(crate) followed_users: usize,
}

impl Work {
    /// One to three seconds a round, by a release build.
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

    /// The least that does everything once.
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

/// What a driver writes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answer {
    /// First of all, once the server serves.
    Ready { version: u32 },
    /// What one round measured.
    Figures(Vec<Figure>),
    /// Why a round could not be measured.
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

/// In which direction a figure gets better.
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
