use seatkeeper_proto::v1::{ListProductsRequest, ListServicePlansRequest, ServicePlan};
use seatkeeper_tests::{Fixture, on_each_database, plan, product};

async fn plans_of(fixture: &Fixture, id: &str) -> Vec<ServicePlan> {
    let request = ListServicePlansRequest {
        parent: product(id),
        ..ListServicePlansRequest::default()
    };
    let answer = fixture
        .connection
        .catalog()
        .list_service_plans(request)
        .await;
    answer.unwrap().into_inner().service_plans
}

async fn products_list_their_plans(fixture: Fixture) {
    let request = ListProductsRequest::default();
    let answer = fixture.connection.catalog().list_products(request).await;
    let products = answer.unwrap().into_inner().products;
    let suite = products.iter().find(|found| found.name == product("suite"));
    let suite = suite.unwrap();
    assert_eq!(suite.display_name, "The suite");
    let bundled = ["mail", "chat", "base"].map(|id| plan("suite", id));
    assert_eq!(suite.service_plans, bundled);
}

async fn plans_list_their_exclusions(fixture: Fixture) {
    let plans = plans_of(&fixture, "suite").await;
    let mail = plans
        .iter()
        .find(|found| found.name == plan("suite", "mail"));
    let mail = mail.unwrap();
    assert_eq!(mail.display_name, "The mail plan");
    assert_eq!(mail.exclusion_groups, ["Mailboxes"]);
    assert_eq!(mail.excluded_plans, [plan("-", "mail-lite")]);
}

async fn plans_list_their_dependencies_and_prohibited_locations(fixture: Fixture) {
    let plans = plans_of(&fixture, "addon").await;
    let [meet] = &plans[..] else {
        panic!("{plans:?}");
    };
    assert_eq!(meet.needs.len(), 1);
    assert_eq!(meet.needs[0].any_of, [plan("-", "chat")]);
    assert_eq!(meet.prohibited_locations, ["IN"]);
}

on_each_database! {
    products_list_their_plans,
    plans_list_their_exclusions,
    plans_list_their_dependencies_and_prohibited_locations,
}
