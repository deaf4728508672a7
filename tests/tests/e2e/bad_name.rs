use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, Change, ErrorReason, GetBatchRequest, GetCustomerRequest,
    GetEntitlementRequest, GetProductRequest, GetUserRequest, ListLicensesRequest,
    ListUsersRequest, PurchaseSeatsRequest, StreamBatchResultsRequest, UpdateUserLicensesRequest,
};
use seatkeeper_tests::{Fixture, Refusal, assign, everyone, listed, on_each_database, refused};
use tonic::Code;

fn malformed(refusal: &Refusal, field: &str, name: &str) {
    refusal
        .is(Code::InvalidArgument, ErrorReason::InvalidResourceName)
        .at(field)
        .with("name", name);
    assert!(refusal.metadata.contains_key("pattern"), "{refusal:?}");
}

async fn of_the_customer_of_a_batch(fixture: Fixture) {
    let request = BatchUpdateLicensesRequest {
        parent: "customer/acme".to_owned(),
        ..fixture.request(assign(&["suite"]), everyone())
    };
    let refusal = fixture.refusal(request).await;
    malformed(&refusal, "parent", "customer/acme");
}

async fn of_a_user_in_a_list(fixture: Fixture) {
    fixture.add_users(1).await;
    let wrong = format!("{}/user/u1", fixture.customer);
    let users = listed([fixture.user("u1"), wrong.clone()]);
    let refusal = fixture
        .refusal(fixture.request(assign(&["suite"]), users))
        .await;
    malformed(&refusal, "selection.users.names[1]", &wrong);
}

async fn of_a_product_to_assign(fixture: Fixture) {
    fixture.add_users(1).await;
    let mut change = assign(&["suite"]);
    change.assign[0].product = String::from("suite");
    let refusal = fixture.refusal(fixture.request(change, everyone())).await;
    malformed(&refusal, "change.assign[0].product", "suite");
}

async fn of_a_product_to_revoke(fixture: Fixture) {
    fixture.add_users(1).await;
    let change = Change {
        assign: Vec::new(),
        revoke: vec!["products/".to_owned()],
    };
    let refusal = fixture.refusal(fixture.request(change, everyone())).await;
    malformed(&refusal, "change.revoke[0]", "products/");
}

async fn of_a_plan_to_leave_off(fixture: Fixture) {
    fixture.add_users(1).await;
    let mut change = assign(&["suite"]);
    change.assign[0].disabled_plans.push("chat".to_owned());
    let refusal = fixture.refusal(fixture.request(change, everyone())).await;
    malformed(&refusal, "change.assign[0].disabled_plans[0]", "chat");
}

async fn of_a_user_to_update(fixture: Fixture) {
    let request = UpdateUserLicensesRequest {
        name: "ann".to_owned(),
        change: Some(assign(&["suite"])),
        ..UpdateUserLicensesRequest::default()
    };
    let answer = fixture
        .connection
        .licenses()
        .update_user_licenses(request)
        .await;
    malformed(&refused(answer), "name", "ann");
}

async fn of_a_user_with_characters_that_no_identifier_has(fixture: Fixture) {
    let name = fixture.user("an n");
    let request = GetUserRequest { name: name.clone() };
    let answer = fixture.connection.directory().get_user(request).await;
    malformed(&refused(answer), "name", &name);
}

async fn of_a_user_with_an_identifier_that_is_too_long(fixture: Fixture) {
    let request = GetUserRequest {
        name: fixture.user(&"a".repeat(65)),
    };
    let answer = fixture.connection.directory().get_user(request).await;
    let refusal = refused(answer);
    refusal
        .is(Code::InvalidArgument, ErrorReason::InvalidResourceName)
        .at("name");
    assert!(refusal.message.contains("at most 64"), "{refusal:?}");
}

async fn of_a_customer(fixture: Fixture) {
    let request = GetCustomerRequest {
        name: "customers/a/b".to_owned(),
    };
    let answer = fixture.connection.customers().get_customer(request).await;
    malformed(&refused(answer), "name", "customers/a/b");
}

async fn of_an_entitlement(fixture: Fixture) {
    let name = fixture.customer.clone();
    let request = GetEntitlementRequest { name: name.clone() };
    let answer = fixture
        .connection
        .entitlements()
        .get_entitlement(request)
        .await;
    malformed(&refused(answer), "name", &name);
}

async fn of_an_entitlement_to_buy(fixture: Fixture) {
    let request = PurchaseSeatsRequest {
        name: "products/suite".to_owned(),
        seat_count: 1,
        ..PurchaseSeatsRequest::default()
    };
    let answer = fixture
        .connection
        .entitlements()
        .purchase_seats(request)
        .await;
    malformed(&refused(answer), "name", "products/suite");
}

async fn of_a_product(fixture: Fixture) {
    let request = GetProductRequest {
        name: String::new(),
    };
    let answer = fixture.connection.catalog().get_product(request).await;
    malformed(&refused(answer), "name", "");
}

async fn of_a_batch(fixture: Fixture) {
    let request = GetBatchRequest {
        name: "batches/b1".to_owned(),
    };
    let answer = fixture.connection.batches().get_batch(request).await;
    malformed(&refused(answer), "name", "batches/b1");
}

async fn of_a_batch_to_follow(fixture: Fixture) {
    let request = StreamBatchResultsRequest {
        name: "batches/b1".to_owned(),
        ..StreamBatchResultsRequest::default()
    };
    let answer = fixture
        .connection
        .batches()
        .stream_batch_results(request)
        .await;
    malformed(&refused(answer), "name", "batches/b1");
}

async fn of_the_parent_of_users(fixture: Fixture) {
    let request = ListUsersRequest {
        parent: "acme".to_owned(),
        ..ListUsersRequest::default()
    };
    let answer = fixture.connection.directory().list_users(request).await;
    malformed(&refused(answer), "parent", "acme");
}

async fn of_the_parent_of_licenses(fixture: Fixture) {
    let request = ListLicensesRequest {
        parent: fixture.customer.clone(),
        ..ListLicensesRequest::default()
    };
    let answer = fixture.connection.licenses().list_licenses(request).await;
    malformed(&refused(answer), "parent", &fixture.customer);
}

async fn a_customer_that_does_not_exist(fixture: Fixture) {
    let request = BatchUpdateLicensesRequest {
        parent: "customers/nobody".to_owned(),
        ..fixture.request(assign(&["suite"]), everyone())
    };
    let refusal = fixture.refusal(request).await;
    refusal
        .is(Code::NotFound, ErrorReason::CustomerNotFound)
        .with("name", "customers/nobody");
    let resource = refusal.details.resource_info().unwrap();
    assert_eq!(resource.resource_name, "customers/nobody");
}

async fn users_of_a_customer_that_does_not_exist(fixture: Fixture) {
    let request = ListUsersRequest {
        parent: "customers/nobody".to_owned(),
        ..ListUsersRequest::default()
    };
    let answer = fixture.connection.directory().list_users(request).await;
    refused(answer).is(Code::NotFound, ErrorReason::CustomerNotFound);
}

async fn a_batch_that_does_not_exist(fixture: Fixture) {
    let request = GetBatchRequest {
        name: format!("{}/batches/none", fixture.customer),
    };
    let answer = fixture.connection.batches().get_batch(request).await;
    refused(answer).is(Code::NotFound, ErrorReason::BatchNotFound);
}

on_each_database! {
    of_the_customer_of_a_batch,
    of_a_user_in_a_list,
    of_a_product_to_assign,
    of_a_product_to_revoke,
    of_a_plan_to_leave_off,
    of_a_user_to_update,
    of_a_user_with_characters_that_no_identifier_has,
    of_a_user_with_an_identifier_that_is_too_long,
    of_a_customer,
    of_an_entitlement,
    of_an_entitlement_to_buy,
    of_a_product,
    of_a_batch,
    of_a_batch_to_follow,
    of_the_parent_of_users,
    of_the_parent_of_licenses,
    a_customer_that_does_not_exist,
    users_of_a_customer_that_does_not_exist,
    a_batch_that_does_not_exist,
}
