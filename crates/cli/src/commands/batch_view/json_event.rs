use seatkeeper_proto::v1::{Batch, BatchFinished, BatchStarted, UserResult};
use serde_json::{Value, json};

use crate::output::{batch_json, message_json, sparse_json};

/// A user's result as a JSON object.
pub(in crate::commands) fn result_json(result: &UserResult) -> Value {
    tagged("result", sparse_json("UserResult", result))
}

pub(super) fn started_json(started: &BatchStarted) -> Value {
    json!({
        "event": "started",
        "batch": started.batch.as_ref().map(|batch| batch.name.as_str()),
        "user_count": started.user_count,
        "duplicate_count": started.duplicate_count,
        "catalog_version": started.catalog_version,
        "joined": started.joined,
    })
}

pub(super) fn finished_json(finished: &BatchFinished) -> Value {
    let summary = finished.summary.as_ref();
    json!({
        "event": "finished",
        "batch": batch_json(finished.batch.as_ref().unwrap_or(&Batch::default())),
        "summary": summary.map(|summary| message_json("BatchSummary", summary)),
    })
}

fn tagged(event: &str, object: Value) -> Value {
    let mut tagged = serde_json::Map::new();
    tagged.insert("event".to_owned(), event.into());
    if let Value::Object(fields) = object {
        tagged.extend(fields);
    }
    Value::Object(tagged)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_says_what_it_is_and_keeps_its_fields() {
        let result = UserResult {
            sequence_number: 7,
            ..UserResult::default()
        };
        let expected = json!({ "event": "result", "sequence_number": 7 });
        assert_eq!(result_json(&result), expected);
    }
}
