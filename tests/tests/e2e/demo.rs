use seatkeeper_tests::run_alone;

#[tokio::test]
async fn the_demonstration_runs_to_its_end() {
    let ended = run_alone(&["demo"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
}
