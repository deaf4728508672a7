use seatkeeper_proto::v1::batch_event::Event;
use seatkeeper_proto::v1::{
    BatchEvent, BatchFinished, BatchProgress, BatchStarted, BatchSummary, LicenseResult, Outcome,
    UserResult, Violation, ViolationType,
};

/// All events of a result stream so far.
#[derive(Debug, Default)]
pub struct Transcript {
    /// The first event.
    pub started: Option<BatchStarted>,
    /// All results, in order.
    pub results: Vec<UserResult>,
    /// All progress events.
    pub progress: Vec<BatchProgress>,
    /// The last event.
    pub finished: Option<BatchFinished>,
    /// The resume point of the last message.
    pub resume_sequence_number: i64,
}

impl Transcript {
    pub(crate) fn after(sequence_number: i64) -> Self {
        Self {
            resume_sequence_number: sequence_number,
            ..Self::default()
        }
    }

    pub(crate) fn note(&mut self, event: &BatchEvent) {
        assert!(self.finished.is_none(), "nothing follows finished");
        let is_first = self.started.is_none();
        match event.event.as_ref().expect("an event has content") {
            Event::Started(started) => {
                assert!(is_first, "started comes once");
                self.started = Some((**started).clone());
            }
            Event::Results(results) => {
                assert!(!is_first, "started comes first");
                assert!(!results.results.is_empty(), "results are not empty");
                for result in &results.results {
                    let expected = self.resume_sequence_number + 1;
                    assert_eq!(result.sequence_number, expected, "results have no gaps");
                    self.resume_sequence_number = expected;
                    self.results.push(result.clone());
                }
            }
            Event::Progress(progress) => {
                assert!(!is_first, "started comes first");
                self.progress.push(*progress);
            }
            Event::Finished(finished) => {
                assert!(!is_first, "started comes first");
                self.finished = Some((**finished).clone());
            }
        }
        assert_eq!(
            event.resume_sequence_number, self.resume_sequence_number,
            "the resume point is the last result"
        );
    }

    /// The resource name of the batch.
    ///
    /// # Panics
    /// When the stream has not started.
    pub fn batch(&self) -> String {
        let started = self.started.as_ref().expect("the stream started");
        started
            .batch
            .as_ref()
            .expect("started names the batch")
            .name
            .clone()
    }

    /// The counts of the `finished` event.
    ///
    /// # Panics
    /// When the stream has not finished.
    pub fn summary(&self) -> &BatchSummary {
        let finished = self.finished.as_ref().expect("the stream finished");
        finished.summary.as_ref().expect("finished carries counts")
    }

    /// The last part of each user's name, in order.
    pub fn users(&self) -> Vec<&str> {
        let results = self.results.iter();
        results.map(|result| id(&result.user)).collect()
    }

    /// The outcomes of each user's products, in order.
    pub fn outcomes(&self) -> Vec<Vec<Outcome>> {
        let outcomes = |result: &UserResult| {
            let products = result.license_results.iter();
            products.map(LicenseResult::outcome).collect()
        };
        self.results.iter().map(outcomes).collect()
    }

    /// The outcomes of the only product of each user.
    ///
    /// # Panics
    /// When a user has another number of products.
    pub fn outcome_of_each(&self) -> Vec<Outcome> {
        let outcomes = self.outcomes().into_iter();
        let only = |outcomes: Vec<Outcome>| {
            let [outcome] = outcomes[..] else {
                panic!("one product each: {outcomes:?}");
            };
            outcome
        };
        outcomes.map(only).collect()
    }

    /// The violations of the first product of a user.
    ///
    /// # Panics
    /// When the user has no result.
    pub fn violations(&self, user: &str) -> Vec<ViolationType> {
        let mut results = self.results.iter();
        let result = results.find(|result| id(&result.user) == user);
        let result = result.expect("the user has a result");
        let violations = result.license_results[0].violations.iter();
        violations.map(Violation::r#type).collect()
    }

    /// The count of an outcome in the `finished` event.
    pub fn count(&self, outcome: Outcome) -> i64 {
        let mut counts = self.summary().outcome_counts.iter();
        counts
            .find(|count| count.outcome() == outcome)
            .map_or(0, |count| count.license_count)
    }
}

/// The last part of a resource's name.
fn id(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}
