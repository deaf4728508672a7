use seatkeeper_proto::v1::{ListProductsRequest, ListServicePlansRequest, ServicePlan};
use seatkeeper_tests::{Scene, on_each_database, plan, product};

async fn plans_of(scene: &Scene, id: &str) -> Vec<ServicePlan> {
    let request = ListServicePlansRequest {
        parent: product(id),
        ..ListServicePlansRequest::default()
    };
    let answer = scene.connection.catalog().list_service_plans(request).await;
    answer.unwrap().into_inner().service_plans
}

async fn products_tell_which_plans_they_bundle(scene: Scene) {
    let request = ListProductsRequest::default();
    let answer = scene.connection.catalog().list_products(request).await;
    let products = answer.unwrap().into_inner().products;
    let suite = products.iter().find(|found| found.name == product("suite"));
    let suite = suite.unwrap();
    assert_eq!(suite.display_name, "The suite");
    let bundled = ["mail", "chat", "base"].map(|id| plan("suite", id));
    assert_eq!(suite.service_plans, bundled);
}

async fn plans_tell_what_excludes_them(scene: Scene) {
    let plans = plans_of(&scene, "suite").await;
    let mail = plans
        .iter()
        .find(|found| found.name == plan("suite", "mail"));
    let mail = mail.unwrap();
    assert_eq!(mail.display_name, "The mail plan");
    assert_eq!(mail.exclusion_groups, ["Mailboxes"]);
    assert_eq!(mail.excluded_plans, [plan("-", "mail-lite")]);
}

async fn plans_tell_what_they_need_and_where_they_may_not_be_used(scene: Scene) {
    let plans = plans_of(&scene, "addon").await;
    let [meet] = &plans[..] else {
        panic!("{plans:?}");
    };
    assert_eq!(meet.needs.len(), 1);
    assert_eq!(meet.needs[0].any_of, [plan("-", "chat")]);
    assert_eq!(meet.prohibited_locations, ["IN"]);
}

on_each_database! {
    products_tell_which_plans_they_bundle,
    plans_tell_what_excludes_them,
    plans_tell_what_they_need_and_where_they_may_not_be_used,
}
