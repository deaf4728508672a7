//! One long story, told on both engines and on the reference model: every answer agrees.

mod story;

use super::fixture;
use crate::ModelStore;

#[tokio::test]
async fn sqlite_tells_the_story_as_the_model_does() {
    let (_directory, store) = fixture::sqlite().await;
    compare(&story::tell(&store).await).await;
}

#[tokio::test]
async fn postgres_tells_the_story_as_the_model_does() {
    let (_database, store) = fixture::postgres().await;
    compare(&story::tell(&store).await).await;
}

async fn compare(told: &[String]) {
    let expected = story::tell(&ModelStore::new()).await;
    for (told, expected) in told.iter().zip(&expected) {
        assert_eq!(told, expected);
    }
    assert_eq!(told.len(), expected.len());
}
