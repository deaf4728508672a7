use std::time::Duration;

use seatkeeper_proto::v1::{self, import_catalog_request as import};
use seatkeeper_server::ServerConfig;
use tonic::{Code, Status};

use crate::raw::Unended;
use crate::test_server::{
    TestServer, catalog_header, catalog_items, fields, info, plan, product, reason, stream,
};

async fn import(
    server: &TestServer,
    mode: import::Mode,
    items: import::Items,
) -> Result<v1::ImportCatalogResponse, tonic::Status> {
    let messages = vec![catalog_header(mode), catalog_items(items)];
    let response = server.catalogs().import_catalog(stream(messages)).await?;
    Ok(response.into_inner())
}

#[tokio::test]
async fn an_import_makes_the_first_version_and_counts_its_products() {
    let server = TestServer::empty().await;
    let imported = server.import_catalog().await;
    let catalog = imported.catalog.unwrap();
    assert_eq!(
        (
            catalog.version,
            catalog.product_count,
            catalog.service_plan_count
        ),
        (1, 2, 3)
    );
    assert_eq!(imported.created_product_count, 2);
}

#[tokio::test]
async fn the_same_import_again_makes_no_version() {
    let server = TestServer::new().await;
    let again = server.import_catalog().await;
    assert_eq!(again.catalog.unwrap().version, 1);
    assert_eq!(again.created_product_count, 0);
}

#[tokio::test]
async fn replacing_retires_what_the_import_does_not_name() {
    let server = TestServer::new().await;
    let items = import::Items {
        products: vec![product("suite", &["mail", "chat"])],
        ..import::Items::default()
    };
    let replaced = import(&server, import::Mode::Replace, items).await.unwrap();
    assert_eq!(replaced.retired_product_count, 1);
    let request = v1::GetProductRequest {
        name: "products/addon".to_owned(),
    };
    let addon = server
        .catalogs()
        .get_product(request)
        .await
        .unwrap()
        .into_inner();
    assert!(addon.product.unwrap().retired);
}

#[tokio::test]
async fn a_wrong_item_is_named_by_message_and_index() {
    let server = TestServer::empty().await;
    let items = import::Items {
        products: vec![product("a", &[]), product("b", &["mail", "not a plan"])],
        service_plans: vec![plan("mail")],
        rules: Vec::new(),
    };
    let status = import(&server, import::Mode::Merge, items)
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(fields(&status), ["items[1].products[1].service_plans[1]"]);
}

#[tokio::test]
async fn a_plan_without_a_description_is_named() {
    let server = TestServer::empty().await;
    let items = import::Items {
        products: vec![product("a", &["ghost"])],
        ..import::Items::default()
    };
    let status = import(&server, import::Mode::Merge, items)
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "UNKNOWN_SERVICE_PLAN");
    assert_eq!(
        info(&status).metadata["service_plan"],
        "products/-/servicePlans/ghost"
    );
}

#[tokio::test]
async fn before_the_first_import_there_is_no_catalog() {
    let server = TestServer::empty().await;
    let status = server
        .catalogs()
        .get_catalog(v1::GetCatalogRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert_eq!(reason(&status), "CATALOG_EMPTY");
    let request = v1::ListProductsRequest::default();
    let products = server
        .catalogs()
        .list_products(request)
        .await
        .unwrap()
        .into_inner();
    assert!(products.products.is_empty());
}

#[tokio::test]
async fn a_plan_lists_its_dependencies_and_prohibited_locations() {
    let server = TestServer::new().await;
    let name = "products/-/servicePlans/meet".to_owned();
    let response = server
        .catalogs()
        .get_service_plan(v1::GetServicePlanRequest { name })
        .await;
    let meet = response.unwrap().into_inner().service_plan.unwrap();
    assert_eq!(meet.needs[0].any_of, ["products/-/servicePlans/chat"]);
    assert_eq!(meet.prohibited_locations, ["IN"]);
}

#[tokio::test]
async fn a_product_lists_its_exclusions_and_prohibited_locations() {
    let server = TestServer::new().await;
    let group = v1::ExclusionGroup {
        display_name: "Suites".to_owned(),
        products: vec!["products/suite".to_owned(), "products/addon".to_owned()],
        service_plans: Vec::new(),
    };
    let location = v1::LocationRule {
        restricted: Some(v1::location_rule::Restricted::Product(
            "products/suite".to_owned(),
        )),
        prohibited_locations: vec!["KP".to_owned(), "CU".to_owned()],
    };
    let rules = [
        v1::catalog_rule::Rule::ExclusionGroup(group),
        v1::catalog_rule::Rule::LocationRule(location),
    ];
    let items = import::Items {
        rules: rules
            .map(|rule| v1::CatalogRule { rule: Some(rule) })
            .into(),
        ..import::Items::default()
    };
    import(&server, import::Mode::Merge, items).await.unwrap();
    let name = "products/suite".to_owned();
    let answer = server
        .catalogs()
        .get_product(v1::GetProductRequest { name })
        .await;
    let suite = answer.unwrap().into_inner().product.unwrap();
    assert_eq!(suite.exclusion_groups, ["Suites"]);
    assert_eq!(suite.excluded_products, ["products/addon"]);
    assert_eq!(suite.prohibited_locations, ["CU", "KP"]);
}

#[tokio::test]
async fn a_plan_is_found_only_in_products_that_bundle_it() {
    let server = TestServer::new().await;
    let name = "products/suite/servicePlans/meet".to_owned();
    let request = v1::GetServicePlanRequest { name };
    let status = server
        .catalogs()
        .get_service_plan(request)
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "SERVICE_PLAN_NOT_FOUND");
}

#[tokio::test]
async fn the_rules_are_listed_page_by_page() {
    let server = TestServer::new().await;
    let mut request = v1::ListCatalogRulesRequest {
        page_size: 1,
        ..Default::default()
    };
    let first = server
        .catalogs()
        .list_catalog_rules(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!((first.rules.len(), first.total_size), (1, 2));
    request.page_token = first.next_page_token;
    let second = server
        .catalogs()
        .list_catalog_rules(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(second.next_page_token, "");
    assert_ne!(second.rules, first.rules);
}

#[tokio::test]
async fn a_new_version_ends_the_pages_of_the_old_one() {
    let server = TestServer::new().await;
    let mut request = v1::ListProductsRequest {
        page_size: 1,
        ..Default::default()
    };
    let first = server
        .catalogs()
        .list_products(request.clone())
        .await
        .unwrap()
        .into_inner();
    let items = import::Items {
        products: vec![product("new", &[])],
        ..import::Items::default()
    };
    import(&server, import::Mode::Merge, items).await.unwrap();
    request.page_token = first.next_page_token;
    let status = server.catalogs().list_products(request).await.unwrap_err();
    assert_eq!(reason(&status), "PAGE_TOKEN_MISMATCH");
}

#[tokio::test]
async fn an_import_that_breaks_off_imports_nothing() {
    let config = ServerConfig {
        concurrent_calls_max: 1,
        ..ServerConfig::default()
    };
    let server = TestServer::with(config).await;
    let items = import::Items {
        products: vec![product("a", &[])],
        ..import::Items::default()
    };
    let messages = [catalog_header(import::Mode::Merge), catalog_items(items)];
    let path = "/seatkeeper.v1.CatalogService/ImportCatalog";
    let unended = Unended::begin(&server, path, &messages).await;
    // While the import runs, the server accepts no other call.
    refusal_for(&server, |code| code == Code::ResourceExhausted).await;
    unended.cancel();
    let status = refusal_for(&server, |code| code != Code::ResourceExhausted).await;
    assert_eq!(reason(&status), "CATALOG_EMPTY");
}

/// Asks for the catalog until it is refused with a certain code.
async fn refusal_for(server: &TestServer, is_expected: impl Fn(Code) -> bool) -> Status {
    let asked = async {
        loop {
            let request = v1::GetCatalogRequest::default();
            let status = server.catalogs().get_catalog(request).await.unwrap_err();
            if is_expected(status.code()) {
                return status;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(20), asked).await;
    refused.expect("the import begins, and ends when it is cancelled")
}
