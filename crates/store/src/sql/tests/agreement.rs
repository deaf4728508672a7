//! Runs one long scenario on both engines and on the reference model: every result is the same.

mod scenario;

use super::fixture;
use crate::ModelStore;

#[tokio::test]
async fn sqlite_agrees_with_the_model() {
    let (_directory, store) = fixture::sqlite().await;
    compare(&scenario::run(&store).await).await;
}

#[tokio::test]
async fn postgres_agrees_with_the_model() {
    let (_database, store) = fixture::postgres().await;
    compare(&scenario::run(&store).await).await;
}

async fn compare(transcript: &[String]) {
    let expected = scenario::run(&ModelStore::new()).await;
    for (line, expected) in transcript.iter().zip(&expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(transcript.len(), expected.len());
}
