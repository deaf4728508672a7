use seatkeeper_tests::{Ended, Storage, run_program, seatkeeper_fault_injection};

/// The exit code of `seatkeeper verify` for a database that is not sound.
const VERIFICATION_FAILED: i32 = 5;

/// Runs `seatkeeper verify` on a storage.
pub(crate) async fn verify(storage: &Storage) -> Ended {
    let storage = storage.arguments().map(|word| word.into_string().unwrap());
    let words = ["verify", &storage[0], &storage[1], "--output", "json"];
    run_program(seatkeeper_fault_injection(), &words).await
}

/// Whether a finding names the table and contains the phrase, and the exit code reports a failure.
pub(crate) fn names(ended: &Ended, table: &str, what: &str) -> bool {
    ended.code == VERIFICATION_FAILED
        && ended.objects().iter().any(|finding| {
            let message = finding["what"].as_str().unwrap_or_default();
            let has_key = finding["key"].as_str().is_some_and(|key| !key.is_empty());
            finding["table"] == *table && has_key && message.contains(what)
        })
}
