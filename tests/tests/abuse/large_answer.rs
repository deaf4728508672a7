//! Responses of the maximum size, for callers that request no page size.

use seatkeeper_proto::v1::batch_service_client::BatchServiceClient;
use seatkeeper_proto::v1::catalog_service_client::CatalogServiceClient;
use seatkeeper_proto::v1::directory_service_client::DirectoryServiceClient;
use seatkeeper_proto::v1::import_catalog_request::{Content, Header, Items, Mode};
use seatkeeper_proto::v1::journal_service_client::JournalServiceClient;
use seatkeeper_proto::v1::license_service_client::LicenseServiceClient;
use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, CheckProductEligibilityRequest, ImportCatalogRequest, JournalView,
    ListAssignedUsersRequest, ListBatchResultsRequest, ListJournalEntriesRequest,
    ListLicensesRequest, ListProductsRequest, ListServicePlansRequest, ListUsersRequest, Product,
    ServicePlan, StreamBatchResultsRequest, SummarizeLicensesRequest, WatchJournalEntriesRequest,
};
use seatkeeper_tests::{
    Connection, Database, Reading, assign, everyone, on_each_database, plan, product,
};

use crate::test_server::{TestServer, USERS};

/// Number of products assigned to all users, and of products with many plans.
const ASSIGNED: usize = 40;
const BUNDLES: usize = 60;
/// Plans of a product with many plans.
const PLANS: usize = 600;
/// Products in one message of the import.
const PRODUCTS_AT_ONCE: usize = 10;

/// An identifier of the maximum length.
fn long_id(kind: &str, number: usize) -> String {
    format!("{kind}-{number:0>width$}", width = 63 - kind.len())
}

fn assigned() -> Vec<String> {
    (0..ASSIGNED)
        .map(|number| long_id("assigned", number))
        .collect()
}

async fn import_large_catalog(connection: &Connection) {
    let plans = (0..PLANS).map(|number| long_id("plan", number));
    let plans = plans.collect::<Vec<_>>();
    let bundles = (0..BUNDLES).map(|number| bundle(&long_id("bundle", number), &plans));
    let single = assigned().into_iter().map(|id| bundle(&id, &plans[..1]));
    let products = single.chain(bundles).collect::<Vec<_>>();
    let parts = plans.iter().map(|id| ServicePlan {
        name: plan("-", id),
        display_name: format!("The plan {id}"),
        ..ServicePlan::default()
    });
    let header = Content::Header(Header {
        mode: Mode::Merge.into(),
        ..Header::default()
    });
    let parts = Content::Items(Items {
        service_plans: parts.collect(),
        ..Items::default()
    });
    let items = products.chunks(PRODUCTS_AT_ONCE).map(|products| {
        Content::Items(Items {
            products: products.to_vec(),
            ..Items::default()
        })
    });
    let messages = [header, parts].into_iter().chain(items);
    let messages = messages.map(|content| ImportCatalogRequest {
        content: Some(content),
    });
    let messages = tokio_stream::iter(messages.collect::<Vec<_>>());
    connection.catalog().import_catalog(messages).await.unwrap();
}

fn bundle(id: &str, plans: &[String]) -> Product {
    Product {
        name: product(id),
        display_name: format!("The product {id}"),
        service_plans: plans.iter().map(|plan_id| plan(id, plan_id)).collect(),
        ..Product::default()
    }
}

/// A test server on which all users hold many products, and the batch that assigned them. A client
/// with default limits has read the batch's results.
async fn test_server(database: Database) -> (TestServer, String) {
    let test_server = TestServer::start_light(database, &[]).await;
    let fixture = &test_server.fixture;
    import_large_catalog(&fixture.connection).await;
    let products = assigned();
    for id in &products {
        fixture.buy(id, 1_000).await;
    }
    let products = products.iter().map(String::as_str).collect::<Vec<_>>();
    let request = BatchUpdateLicensesRequest {
        include_licenses: true,
        ..fixture.request(assign(&products), everyone())
    };
    let mut licenses = LicenseServiceClient::new(fixture.connection.channel());
    let answer = licenses.batch_update_licenses(request).await;
    let transcript = Reading::of(answer.unwrap()).to_end().await;
    assert_eq!(transcript.results.len(), USERS);
    let batch = transcript.batch();
    (test_server, batch)
}

async fn a_client_with_default_limits_reads_the_results_of_every_batch(database: Database) {
    let (test_server, batch) = test_server(database).await;
    let fixture = &test_server.fixture;
    let dry_run = BatchUpdateLicensesRequest {
        include_licenses: true,
        validate_only: true,
        ..fixture.request(assign(&["suite"]), everyone())
    };
    let mut licenses = LicenseServiceClient::new(fixture.connection.channel());
    let mut batches = BatchServiceClient::new(fixture.connection.channel());
    let answer = licenses.batch_update_licenses(dry_run).await.unwrap();
    let transcript = Reading::of(answer).to_end().await;
    assert_eq!(transcript.results.len(), USERS);
    let again = StreamBatchResultsRequest {
        name: batch.clone(),
        ..StreamBatchResultsRequest::default()
    };
    let answer = batches.stream_batch_results(again).await.unwrap();
    let transcript = Reading::after(0, answer).to_end().await;
    assert_eq!(transcript.results.len(), USERS);
    let mut page = ListBatchResultsRequest {
        name: batch,
        include_current_licenses: true,
        ..ListBatchResultsRequest::default()
    };
    let mut listed = 0;
    loop {
        let answer = batches.list_batch_results(page.clone()).await.unwrap();
        let answer = answer.into_inner();
        listed += answer.results.len();
        page.page_token = answer.next_page_token;
        if page.page_token.is_empty() {
            break;
        }
    }
    assert_eq!(listed, USERS);
    test_server.finish();
}

#[expect(
    clippy::too_many_lines,
    reason = "a table, with a few lines for each row"
)]
async fn a_client_with_default_limits_reads_every_list(database: Database) {
    let (test_server, _) = test_server(database).await;
    let channel = test_server.fixture.connection.channel();
    let parent = test_server.fixture.customer.clone();
    let mut catalog = CatalogServiceClient::new(channel.clone());
    let mut licenses = LicenseServiceClient::new(channel.clone());
    let mut directory = DirectoryServiceClient::new(channel.clone());
    let mut journal = JournalServiceClient::new(channel);
    catalog
        .list_products(ListProductsRequest::default())
        .await
        .unwrap();
    let plans = ListServicePlansRequest {
        parent: product("-"),
        ..ListServicePlansRequest::default()
    };
    catalog.list_service_plans(plans).await.unwrap();
    let users = ListUsersRequest {
        parent: parent.clone(),
        ..ListUsersRequest::default()
    };
    directory.list_users(users).await.unwrap();
    let held = ListLicensesRequest {
        parent: format!("{parent}/users/-"),
        ..ListLicensesRequest::default()
    };
    licenses.list_licenses(held).await.unwrap();
    let holders = ListAssignedUsersRequest {
        parent: parent.clone(),
        selection: Some(everyone()),
        product: product(&assigned()[0]),
        ..ListAssignedUsersRequest::default()
    };
    licenses.list_assigned_users(holders).await.unwrap();
    let summary = SummarizeLicensesRequest {
        parent: parent.clone(),
        selection: Some(everyone()),
        ..SummarizeLicensesRequest::default()
    };
    licenses.summarize_licenses(summary).await.unwrap();
    let eligibility = CheckProductEligibilityRequest {
        name: test_server.fixture.user("u1"),
        ..CheckProductEligibilityRequest::default()
    };
    licenses
        .check_product_eligibility(eligibility)
        .await
        .unwrap();
    let entries = ListJournalEntriesRequest {
        parent: parent.clone(),
        view: JournalView::Full.into(),
        ..ListJournalEntriesRequest::default()
    };
    journal.list_journal_entries(entries).await.unwrap();
    let watch = WatchJournalEntriesRequest {
        parent,
        view: JournalView::Full.into(),
        ..WatchJournalEntriesRequest::default()
    };
    let mut watched = journal
        .watch_journal_entries(watch)
        .await
        .unwrap()
        .into_inner();
    loop {
        let response = watched.message().await.unwrap().unwrap();
        if response.resume_sequence_number == response.newest_sequence_number {
            break;
        }
    }
    test_server.finish();
}

on_each_database! {
    a_client_with_default_limits_reads_the_results_of_every_batch,
    a_client_with_default_limits_reads_every_list,
}
