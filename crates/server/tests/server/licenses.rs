use seatkeeper_proto::v1::{self, batch_event::Event, user_selector::Kind};
use tonic::Code;

use crate::test_server::{
    ADDON, CHUNK, CUSTOMER, SUITE, TestServer, assign, batch, fields, finished, info, length,
    reason, results, selection, these, user, user_name,
};

async fn refused(server: &TestServer, request: v1::BatchUpdateLicensesRequest) -> tonic::Status {
    server
        .licenses()
        .batch_update_licenses(request)
        .await
        .map(|_| ())
        .unwrap_err()
}

fn outcome(result: &v1::UserResult) -> v1::Outcome {
    result.license_results[0].outcome()
}

#[tokio::test]
async fn a_batch_streams_started_then_every_user_then_finished() {
    for users in [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK] {
        let server = TestServer::with_users(users, 100).await;
        let events = server.run(batch()).await;
        assert!(
            matches!(events[0].event, Some(Event::Started(_))),
            "{:?}",
            events[0]
        );
        let received: Vec<_> = results(&events)
            .iter()
            .map(|result| result.sequence_number)
            .collect();
        let expected: Vec<_> = (1..=i64::try_from(users).unwrap()).collect();
        assert_eq!(received, expected);
        let batch = finished(&events);
        assert_eq!(batch.state(), v1::batch::State::Succeeded);
        assert_eq!(
            batch.summary.unwrap().succeeded_user_count,
            length(received.len())
        );
    }
}

#[tokio::test]
async fn messages_hold_as_many_results_as_asked_for_and_say_where_to_resume() {
    let server = TestServer::with_users(2 * CHUNK, 100).await;
    let request = v1::BatchUpdateLicensesRequest {
        max_results_per_message: 3,
        ..batch()
    };
    let events = server.run(request).await;
    let received = events.iter().filter_map(|event| match &event.event {
        Some(Event::Results(received)) => {
            Some((received.results.len(), event.resume_sequence_number))
        }
        _ => None,
    });
    assert_eq!(
        received.collect::<Vec<_>>(),
        [(3, 3), (1, 4), (3, 7), (1, 8)]
    );
}

#[tokio::test]
async fn a_listed_user_has_its_index_and_a_repeated_one_counts_once() {
    let server = TestServer::with_users(3, 100).await;
    let selection = these(&["u3", "u1", "u3", "ghost"]);
    let events = server
        .run(v1::BatchUpdateLicensesRequest {
            selection,
            ..batch()
        })
        .await;
    let received: Vec<_> = results(&events)
        .into_iter()
        .map(|result| (result.user, result.request_index))
        .collect();
    let expected = [("u3", 0), ("u1", 1), ("ghost", 3)];
    assert_eq!(
        received,
        expected.map(|(id, index)| (user_name(id), Some(index)))
    );
    assert_eq!(finished(&events).duplicate_count, 1);
}

#[tokio::test]
async fn the_last_seats_go_to_the_first_users() {
    let server = TestServer::with_users(3, 2).await;
    let events = server.run(batch()).await;
    let outcomes: Vec<_> = results(&events).iter().map(outcome).collect();
    assert_eq!(
        outcomes,
        [
            v1::Outcome::Assigned,
            v1::Outcome::Assigned,
            v1::Outcome::Failed
        ]
    );
    let summary = finished(&events).summary.unwrap();
    assert_eq!(
        summary.violation_counts[0].violation_type(),
        v1::ViolationType::SeatsExhausted
    );
    assert_eq!(summary.seats_left[0].available_count, 0);
}

#[tokio::test]
async fn a_missing_dependency_names_the_plan_and_what_it_needs() {
    let server = TestServer::with_users(1, 1).await;
    server.buy("addon", 1).await;
    let change = Some(assign(&[ADDON]));
    let events = server
        .run(v1::BatchUpdateLicensesRequest { change, ..batch() })
        .await;
    let violation = results(&events)[0].license_results[0].violations[0].clone();
    assert_eq!(violation.r#type(), v1::ViolationType::DependencyMissing);
    assert_eq!(violation.service_plan, "products/addon/servicePlans/meet");
    assert_eq!(
        violation.needed_service_plans,
        ["products/-/servicePlans/chat"]
    );
    assert!(
        violation
            .description
            .contains("MEET (meet) of ADDON (addon)"),
        "{violation:?}"
    );
}

#[tokio::test]
async fn a_prohibited_plan_names_the_country() {
    let server = TestServer::new().await;
    let there = v1::User {
        usage_location: "IN".to_owned(),
        ..user(1)
    };
    server.import_users(vec![there]).await;
    server.buy("suite", 1).await;
    server.buy("addon", 1).await;
    let change = Some(assign(&[SUITE, ADDON]));
    let events = server
        .run(v1::BatchUpdateLicensesRequest { change, ..batch() })
        .await;
    let result = results(&events).remove(0);
    let suite = &result.license_results[0].violations[0];
    assert_eq!(suite.r#type(), v1::ViolationType::OtherChangeFailed);
    assert_eq!(suite.failed_product, ADDON);
    let addon = &result.license_results[1].violations[0];
    assert_eq!(addon.usage_location, "IN");
    assert_eq!(addon.service_plan, "products/addon/servicePlans/meet");
}

#[tokio::test]
async fn results_carry_the_licenses_held_when_asked_for() {
    let server = TestServer::with_users(1, 1).await;
    let change = v1::Change {
        assign: vec![v1::Assignment {
            product: SUITE.to_owned(),
            disabled_plans: vec!["products/suite/servicePlans/chat".to_owned()],
            ..v1::Assignment::default()
        }],
        revoke: Vec::new(),
    };
    let request = v1::BatchUpdateLicensesRequest {
        change: Some(change),
        include_licenses: true,
        ..batch()
    };
    let license = results(&server.run(request).await)[0].licenses[0].clone();
    assert_eq!(license.name, format!("{}/licenses/suite", user_name("u1")));
    assert_eq!(license.disabled_plans, ["products/suite/servicePlans/chat"]);
}

#[tokio::test]
async fn a_dry_run_reports_the_same_and_writes_nothing() {
    let server = TestServer::with_users(CHUNK + 1, 2).await;
    let dry = server
        .run(v1::BatchUpdateLicensesRequest {
            validate_only: true,
            ..batch()
        })
        .await;
    let batch_of_dry = finished(&dry);
    assert_eq!(
        (batch_of_dry.name.as_str(), batch_of_dry.validate_only),
        ("", true)
    );
    let real = server.run(batch()).await;
    assert_eq!(results(&dry), results(&real));
    assert_eq!(batch_of_dry.summary, finished(&real).summary);
}

#[tokio::test]
async fn the_same_request_id_joins_the_batch_from_its_first_result() {
    let server = TestServer::with_users(CHUNK + 1, 100).await;
    let request = v1::BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..batch()
    };
    let first = server.run(request.clone()).await;
    let again = server.run(request).await;
    assert_eq!(results(&first), results(&again));
    assert_eq!(finished(&first).name, finished(&again).name);
    let Some(Event::Started(started)) = &again[0].event else {
        panic!("{:?}", again[0])
    };
    assert!(started.joined);
}

#[tokio::test]
async fn another_request_under_the_same_id_is_refused() {
    let server = TestServer::with_users(1, 1).await;
    let request = v1::BatchUpdateLicensesRequest {
        request_id: "once".to_owned(),
        ..batch()
    };
    server.run(request.clone()).await;
    let status = refused(
        &server,
        v1::BatchUpdateLicensesRequest {
            selection: these(&["u1"]),
            ..request
        },
    )
    .await;
    assert_eq!(status.code(), Code::AlreadyExists);
    assert_eq!(info(&status).metadata["request_id"], "once");
}

#[tokio::test]
async fn requiring_all_seats_refuses_with_how_many_are_short() {
    let server = TestServer::with_users(3, 1).await;
    let policy = v1::ShortagePolicy::RequireAll.into();
    let status = refused(
        &server,
        v1::BatchUpdateLicensesRequest {
            shortage_policy: policy,
            ..batch()
        },
    )
    .await;
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason(&status), "SEATS_SHORT");
    let metadata = info(&status).metadata;
    assert_eq!(metadata["product_1"], SUITE);
    assert_eq!(
        (&*metadata["needed_count_1"], &*metadata["short_count_1"]),
        ("3", "2")
    );
}

#[tokio::test]
async fn every_mistake_in_a_change_is_reported_with_its_field() {
    let server = TestServer::with_users(1, 1).await;
    let change = v1::Change {
        assign: vec![
            v1::Assignment {
                product: SUITE.to_owned(),
                ..v1::Assignment::default()
            },
            v1::Assignment {
                product: "products/ghost".to_owned(),
                ..v1::Assignment::default()
            },
        ],
        revoke: vec![SUITE.to_owned()],
    };
    let status = refused(
        &server,
        v1::BatchUpdateLicensesRequest {
            change: Some(change),
            ..batch()
        },
    )
    .await;
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(
        fields(&status),
        ["change.assign[1].product", "change.revoke[0]"]
    );
    assert_eq!(reason(&status), "UNKNOWN_PRODUCT");
}

#[tokio::test]
async fn a_foreign_plan_is_refused() {
    let server = TestServer::with_users(1, 1).await;
    let change = v1::Change {
        assign: vec![v1::Assignment {
            product: SUITE.to_owned(),
            disabled_plans: vec!["products/addon/servicePlans/meet".to_owned()],
            ..v1::Assignment::default()
        }],
        revoke: Vec::new(),
    };
    let status = refused(
        &server,
        v1::BatchUpdateLicensesRequest {
            change: Some(change),
            ..batch()
        },
    )
    .await;
    assert_eq!(reason(&status), "FOREIGN_SERVICE_PLAN");
    assert_eq!(fields(&status), ["change.assign[0].disabled_plans[0]"]);
}

#[tokio::test]
async fn an_empty_selection_is_refused() {
    let server = TestServer::with_users(1, 1).await;
    let nobody = [
        None,
        selection(Kind::Users(v1::UserList::default())),
        selection(Kind::Filter(String::new())),
        selection(Kind::Filter("display_name = \"nobody\"".to_owned())),
    ];
    for selection in nobody {
        let request = v1::BatchUpdateLicensesRequest {
            selection,
            ..batch()
        };
        assert_eq!(reason(&refused(&server, request).await), "EMPTY_SELECTION");
    }
    let change = Some(v1::Change::default());
    let request = v1::BatchUpdateLicensesRequest { change, ..batch() };
    assert_eq!(reason(&refused(&server, request).await), "EMPTY_CHANGE");
}

#[tokio::test]
async fn users_of_another_customer_are_refused_by_index() {
    let server = TestServer::with_users(1, 1).await;
    let names = vec![
        user_name("u1"),
        "customers/other/users/u1".to_owned(),
        "u2".to_owned(),
    ];
    let selection = selection(Kind::Users(v1::UserList { names }));
    let status = refused(
        &server,
        v1::BatchUpdateLicensesRequest {
            selection,
            ..batch()
        },
    )
    .await;
    assert_eq!(reason(&status), "INVALID_RESOURCE_NAME");
    assert_eq!(
        fields(&status),
        ["selection.users.names[1]", "selection.users.names[2]"]
    );
}

#[tokio::test]
async fn a_filter_selects_in_directory_order() {
    let server = TestServer::with_users(3, 3).await;
    let filter = "sign_in_name = \"u*\" AND NOT display_name = \"User 002\"".to_owned();
    let selection = selection(Kind::Filter(filter));
    let events = server
        .run(v1::BatchUpdateLicensesRequest {
            selection,
            ..batch()
        })
        .await;
    let users: Vec<_> = results(&events)
        .into_iter()
        .map(|result| result.user)
        .collect();
    assert_eq!(users, [user_name("u1"), user_name("u3")]);
}

#[tokio::test]
async fn one_user_is_changed_in_one_call() {
    let server = TestServer::with_users(1, 1).await;
    let request = v1::UpdateUserLicensesRequest {
        name: user_name("u1"),
        change: Some(assign(&[SUITE])),
        ..v1::UpdateUserLicensesRequest::default()
    };
    let response = server
        .licenses()
        .update_user_licenses(request)
        .await
        .unwrap()
        .into_inner();
    let result = response.result.unwrap();
    assert_eq!(outcome(&result), v1::Outcome::Assigned);
    assert_eq!(result.licenses[0].product, SUITE);
    assert!(response.journal_sequence_number > 0);
}

#[tokio::test]
async fn licenses_are_listed_page_by_page_with_their_state() {
    let server = TestServer::with_users(3, 3).await;
    server.run(batch()).await;
    let mut request = v1::ListLicensesRequest {
        parent: format!("{CUSTOMER}/users/-"),
        page_size: 2,
        ..v1::ListLicensesRequest::default()
    };
    let first = server
        .licenses()
        .list_licenses(request.clone())
        .await
        .unwrap()
        .into_inner();
    request.page_token = first.next_page_token;
    let second = server
        .licenses()
        .list_licenses(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!((first.licenses.len(), second.licenses.len()), (2, 1));
    assert_eq!(second.next_page_token, "");
    let license = &second.licenses[0];
    assert_eq!(license.name, format!("{}/licenses/suite", user_name("u3")));
    assert_eq!(license.state(), v1::license::State::Active);
    assert!(license.journal_sequence_number > 0);
}

#[tokio::test]
async fn the_batch_goes_on_when_its_caller_hangs_up() {
    let server = TestServer::with_users(3 * CHUNK, 100).await;
    let response = server
        .licenses()
        .batch_update_licenses(batch())
        .await
        .unwrap();
    let mut stream = response.into_inner();
    let first = stream.message().await.unwrap().unwrap().event.unwrap();
    let Some(Event::Started(started)) = first.event else {
        panic!("{first:?}")
    };
    drop(stream);
    let request = v1::StreamBatchResultsRequest {
        name: started.batch.unwrap().name,
        ..v1::StreamBatchResultsRequest::default()
    };
    let mut replay = server
        .batches()
        .stream_batch_results(request)
        .await
        .unwrap()
        .into_inner();
    let mut events = Vec::new();
    while let Some(message) = replay.message().await.unwrap() {
        events.push(message.event.unwrap());
    }
    assert_eq!(results(&events).len(), 3 * CHUNK);
}
