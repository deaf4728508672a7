use crate::ledger::Followed;

use super::stored_state::StoredState;

/// Each reader received the results in the journal, from its start position, each once and in
/// order.
pub(super) fn check<'a>(
    stored: &StoredState,
    followed: impl Iterator<Item = &'a Followed>,
    wrong: &mut Vec<String>,
) {
    for followed in followed {
        let mut complain = |what: &str| wrong.push(format!("batch {}: {what}", followed.batch));
        let batch = stored
            .batches
            .iter()
            .find(|batch| batch.id == followed.batch);
        let Some(batch) = batch else {
            complain("was followed, but does not exist");
            continue;
        };
        let from = usize::try_from(followed.from).unwrap();
        let journaled = stored.results(batch.key);
        if followed.results != journaled.get(from..).unwrap_or_default() {
            complain("a reader received other results than the journal has");
        }
        if followed.finished != *batch {
            complain("a reader received another final state");
        }
    }
}
