use seatkeeper_tests::{CommandLine, Ended, Fixture, Scratch, on_each_database, run_alone};
use serde_json::Value;

/// A command line for the server of a customer with users and three seats.
async fn line(fixture: &Fixture, users: usize) -> CommandLine {
    fixture.add_users(users).await;
    fixture.buy("suite", 3).await;
    CommandLine::of(fixture)
}

async fn assign(line: &CommandLine, fixture: &Fixture, words: &[&str]) -> Ended {
    let mut all = vec![
        "assign",
        "--customer",
        fixture.customer_id(),
        "--product",
        "suite",
    ];
    all.extend(words);
    line.run(&all).await
}

fn last(ended: &Ended) -> Value {
    ended.objects().pop().unwrap()
}

async fn success_is_0(fixture: Fixture) {
    let line = line(&fixture, 3).await;
    let ended = assign(&line, &fixture, &["--all"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(fixture.entitlement("suite").await.assigned_count, 3);
}

async fn failure_is_1(fixture: Fixture) {
    let line = line(&fixture, 1).await;
    let ended = assign(&line, &fixture, &["--filter", "department = "]).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.complaints.contains("selection.filter"), "{ended:?}");
}

async fn failure_of_all_users_is_1(fixture: Fixture) {
    let line = line(&fixture, 1).await;
    let ended = assign(&line, &fixture, &["--user", "nobody"]).await;
    assert_eq!(ended.code, 1, "{ended:?}");
}

async fn wrong_usage_is_2(fixture: Fixture) {
    let line = line(&fixture, 1).await;
    let ended = assign(&line, &fixture, &["--all", "--user", "u1"]).await;
    assert_eq!(ended.code, 2, "{ended:?}");
}

async fn partial_failure_is_3(fixture: Fixture) {
    let line = line(&fixture, 4).await;
    let ended = assign(&line, &fixture, &["--all"]).await;
    assert_eq!(ended.code, 3, "{ended:?}");
}

async fn a_file_of_users_is_assigned_to(fixture: Fixture) {
    let line = line(&fixture, 4).await;
    let scratch = Scratch::create();
    let file = scratch.write("users.txt", "u2\nu4\n");
    let ended = assign(&line, &fixture, &["--users-file", file.to_str().unwrap()]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(fixture.holdings().await, ["u2:suite", "u4:suite"]);
}

async fn a_dry_run_writes_nothing(fixture: Fixture) {
    let line = line(&fixture, 3).await;
    let ended = assign(&line, &fixture, &["--all", "--dry-run"]).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert_eq!(fixture.holdings().await, [""; 0]);
}

async fn programs_get_one_object_a_line(fixture: Fixture) {
    let line = line(&fixture, 4).await;
    let words = ["--all", "--show", "all", "--output", "json"];
    let ended = assign(&line, &fixture, &words).await;
    let objects = ended.objects();
    let results = objects.iter().filter(|object| object.get("user").is_some());
    assert_eq!(results.count(), 4, "{ended:?}");
}

async fn programs_get_errors_as_objects(fixture: Fixture) {
    let line = line(&fixture, 1).await;
    let words = ["--filter", "department = ", "--output", "json"];
    let ended = assign(&line, &fixture, &words).await;
    let output = format!("{}{}", ended.output, ended.complaints);
    let error = serde_json::from_str::<Value>(output.trim()).unwrap();
    assert!(error.to_string().contains("FILTER_SYNTAX"), "{ended:?}");
}

async fn results_of_a_batch_are_read_back(fixture: Fixture) {
    let line = line(&fixture, 4).await;
    assign(&line, &fixture, &["--all"]).await;
    let customer = fixture.customer_id();
    let batches = line
        .objects(&["batches", "list", "--customer", customer])
        .await;
    assert_eq!(batches.len(), 1);
    let batch = batches[0]["name"]
        .as_str()
        .unwrap()
        .rsplit('/')
        .next()
        .unwrap();
    let words = [
        "batches",
        "results",
        batch,
        "--customer",
        customer,
        "--failed",
    ];
    let failed = line.objects(&words).await;
    assert_eq!(failed.len(), 1, "{failed:?}");
    assert_eq!(failed[0]["user"], fixture.user("u4"));
}

async fn a_customer_is_made_ready_without_any_program(fixture: Fixture) {
    let line = CommandLine::of(&fixture);
    let scratch = Scratch::create();
    let file = scratch.write(
        "users.csv",
        "user_id,sign_in_name,usage_location\nann,ann@x.example,CH\nbob,bob@x.example,DE\n",
    );
    let customer = format!("{}-made", fixture.customer_id());
    line.objects(&["customers", "create", &customer]).await;
    let import = [
        "users",
        "import",
        file.to_str().unwrap(),
        "--customer",
        &customer,
    ];
    let imported = line.objects(&import).await;
    assert_eq!(imported.last().unwrap()["created_count"], 2);
    let seats = [
        "--customer",
        &customer,
        "--product",
        "suite",
        "--seats",
        "2",
    ];
    line.objects(&[["entitlements", "purchase"].as_slice(), &seats].concat())
        .await;
    let assign = [
        "assign",
        "--customer",
        &customer,
        "--product",
        "suite",
        "--all",
    ];
    assert_eq!(line.run(&assign).await.code, 0);
    let held = line
        .objects(&["licenses", "list", "--customer", &customer])
        .await;
    assert_eq!(held.len(), 2);
}

async fn seats_are_bought_renewed_and_given_back(fixture: Fixture) {
    fixture.add_users(2).await;
    let line = CommandLine::of(&fixture);
    let customer = fixture.customer_id();
    let of_suite = ["--customer", customer, "--product", "suite"];
    let bought = ["--seats", "1", "--purchase-id", "order"];
    let dates = [
        "--start",
        "2020-01-01T00:00:00Z",
        "--end",
        "2021-01-01T00:00:00Z",
    ];
    let purchase = [
        &["entitlements", "purchase"][..],
        &of_suite,
        &bought,
        &dates,
    ]
    .concat();
    let seats = line.objects(&purchase).await;
    assert_eq!(seats[0]["suspended_count"], 1);

    let renew = ["entitlements", "renew", "--purchase-id", "order"];
    let seats = line.objects(&[&renew[..], &of_suite].concat()).await;
    assert_eq!(seats[0]["active_count"], 1);

    let assign = [
        &["assign", "--all", "--shortage", "buy-more"][..],
        &of_suite,
    ]
    .concat();
    let ended = line.run(&assign).await;
    assert_eq!(ended.code, 0, "{ended:?}");
    assert!(ended.output.contains("seats bought"), "{ended:?}");

    let reduce = [
        "entitlements",
        "reduce",
        "--seats",
        "1",
        "--release-user",
        "u2",
    ];
    line.objects(&[&reduce[..], &of_suite].concat()).await;
    assert_eq!(fixture.holdings().await, ["u1:suite"]);

    let show = [&["entitlements", "show"][..], &of_suite].concat();
    let ended = line.run(&show).await;
    assert!(ended.output.contains("2020-01-01T00:00:00Z"), "{ended:?}");
    assert!(ended.output.contains("never"), "{ended:?}");
}

async fn a_row_that_is_wrong_stops_no_other(fixture: Fixture) {
    let line = CommandLine::of(&fixture);
    let scratch = Scratch::create();
    let file = scratch.write(
        "users.csv",
        "user_id,sign_in_name,usage_location\nann,ann@x.example,CH\nbob,bob@x.example,Nowhere\n",
    );
    let words = [
        "users",
        "import",
        file.to_str().unwrap(),
        "--customer",
        fixture.customer_id(),
    ];
    let ended = line
        .run(&[words.as_slice(), &["--output", "json"]].concat())
        .await;
    assert_eq!(ended.code, 3, "{ended:?}");
    let last_line = last(&ended);
    assert_eq!(
        (&last_line["created_count"], &last_line["failed_count"]),
        (&1.into(), &1.into())
    );
}

/// The URL of an SQLite database would bypass the lock that keeps other servers out.
#[tokio::test]
async fn the_url_of_an_sqlite_database_is_refused() {
    let scratch = Scratch::create();
    let file = scratch.path().join("own.db");
    let url = format!("sqlite://{}?mode=rwc", file.display());
    for command in ["serve", "verify"] {
        let ended = run_alone(&[command, "--database-url", &url]).await;
        assert_eq!(ended.code, 2, "{ended:?}");
        assert!(ended.complaints.contains("--data-dir"), "{ended:?}");
        assert!(!file.exists());
    }
}

#[tokio::test]
async fn no_complaint_repeats_the_password_of_the_database() {
    for url in [
        "postgres//user:hunter2@localhost/seatkeeper",
        "mysql://user:hunter2@localhost/seatkeeper",
        "postgres://user:hunter2@localhost:port/seatkeeper",
        "postgres://user:hunter2@127.0.0.1:1/seatkeeper?passwrd=hunter2",
    ] {
        let ended = run_alone(&["verify", "--database-url", url]).await;
        assert_ne!(ended.code, 0, "{ended:?}");
        assert!(!format!("{ended:?}").contains("hunter2"), "{ended:?}");
    }
}

on_each_database! {
    success_is_0,
    failure_is_1,
    failure_of_all_users_is_1,
    wrong_usage_is_2,
    partial_failure_is_3,
    a_file_of_users_is_assigned_to,
    a_dry_run_writes_nothing,
    programs_get_one_object_a_line,
    programs_get_errors_as_objects,
    results_of_a_batch_are_read_back,
    a_customer_is_made_ready_without_any_program,
    seats_are_bought_renewed_and_given_back,
    a_row_that_is_wrong_stops_no_other,
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_failure() {
    let words = ["customers", "list", "--server", "http://127.0.0.1:1"];
    let ended = run_alone(&words).await;
    assert_eq!(ended.code, 1, "{ended:?}");
    assert!(ended.complaints.contains("127.0.0.1:1"), "{ended:?}");
}

#[tokio::test]
async fn exit_codes_are_documented() {
    let ended = run_alone(&["--help"]).await;
    assert!(ended.output.contains("partial failure"), "{ended:?}");
}
