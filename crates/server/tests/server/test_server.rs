use std::sync::Arc;

use seatkeeper_engine::{Engine, EngineConfig, Limits};
use seatkeeper_proto::v1::batch_service_client::BatchServiceClient;
use seatkeeper_proto::v1::catalog_service_client::CatalogServiceClient;
use seatkeeper_proto::v1::customer_service_client::CustomerServiceClient;
use seatkeeper_proto::v1::directory_service_client::DirectoryServiceClient;
use seatkeeper_proto::v1::entitlement_service_client::EntitlementServiceClient;
use seatkeeper_proto::v1::license_service_client::LicenseServiceClient;
use seatkeeper_proto::v1::{
    self, catalog_rule::Rule, import_catalog_request as catalog, import_users_request as users,
    location_rule::Restricted, user_selector::Kind,
};
use seatkeeper_server::{Server, ServerConfig};
use seatkeeper_store::ModelStore;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;

pub(crate) const CUSTOMER: &str = "customers/contoso";
pub(crate) const SUITE: &str = "products/suite";
pub(crate) const ADDON: &str = "products/addon";

/// Users per chunk in these tests: so few that a small batch has several chunks.
pub(crate) const CHUNK: usize = 4;

/// A running server on a store in memory, and a connection to it.
pub(crate) struct TestServer {
    pub(crate) channel: Channel,
    pub(crate) address: std::net::SocketAddr,
    stop: CancellationToken,
    until_drained: JoinHandle<()>,
}

impl TestServer {
    /// A server without a catalog and customers.
    pub(crate) async fn empty() -> Self {
        Self::with(ServerConfig::default()).await
    }

    pub(crate) async fn with(config: ServerConfig) -> Self {
        Self::with_engine(config, EngineConfig::default()).await
    }

    /// A server on an engine with this configuration; only the small chunks are set here.
    pub(crate) async fn with_engine(config: ServerConfig, engine: EngineConfig) -> Self {
        let limits = Limits {
            segment_users: CHUNK,
            chunk_segments_max: 1,
            ..engine.limits
        };
        let engine = EngineConfig { limits, ..engine };
        let engine = Engine::new(Arc::new(ModelStore::new()), engine);
        engine.start();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        let server = Server::start(engine, config, listener).await.unwrap();
        let until_drained = tokio::spawn(async move {
            stopped.await;
            server.drain().await;
        });
        let channel = Channel::from_shared(format!("http://{address}")).unwrap();
        Self {
            channel: channel.connect().await.unwrap(),
            address,
            stop,
            until_drained,
        }
    }

    /// A server with a catalog and a customer without users.
    ///
    /// `suite` has the plans `mail` and `chat`; `addon` has `meet`, which needs `chat` and is
    /// prohibited in India.
    pub(crate) async fn new() -> Self {
        let server = Self::empty().await;
        server.import_catalog().await;
        server.create_customer("contoso").await;
        server
    }

    /// A server with a customer who has `count` users, `u1`, `u2`, …, and `seats` of the suite.
    pub(crate) async fn with_users(count: usize, seats: i64) -> Self {
        let server = Self::new().await;
        server.import_users((1..=count).map(user).collect()).await;
        server.buy("suite", seats).await;
        server
    }

    pub(crate) fn catalogs(&self) -> CatalogServiceClient<Channel> {
        CatalogServiceClient::new(self.channel.clone())
    }

    pub(crate) fn customers(&self) -> CustomerServiceClient<Channel> {
        CustomerServiceClient::new(self.channel.clone())
    }

    pub(crate) fn directory(&self) -> DirectoryServiceClient<Channel> {
        DirectoryServiceClient::new(self.channel.clone())
    }

    pub(crate) fn entitlements(&self) -> EntitlementServiceClient<Channel> {
        EntitlementServiceClient::new(self.channel.clone())
    }

    pub(crate) fn licenses(&self) -> LicenseServiceClient<Channel> {
        LicenseServiceClient::new(self.channel.clone())
    }

    pub(crate) fn batches(&self) -> BatchServiceClient<Channel> {
        BatchServiceClient::new(self.channel.clone())
    }

    pub(crate) async fn import_catalog(&self) -> v1::ImportCatalogResponse {
        let messages = vec![catalog_header(catalog::Mode::Merge), catalog_items(items())];
        self.catalogs()
            .import_catalog(stream(messages))
            .await
            .unwrap()
            .into_inner()
    }

    pub(crate) async fn create_customer(&self, id: &str) -> v1::Customer {
        let request = v1::CreateCustomerRequest {
            customer_id: id.to_owned(),
            customer: Some(v1::Customer::default()),
        };
        let created = self.customers().create_customer(request).await.unwrap();
        created.into_inner().customer.unwrap()
    }

    pub(crate) async fn import_users(&self, users: Vec<v1::User>) -> v1::ImportUsersResponse {
        let messages = vec![users_header(users::Mode::Upsert), users_message(users)];
        self.directory()
            .import_users(stream(messages))
            .await
            .unwrap()
            .into_inner()
    }

    pub(crate) async fn buy(&self, product: &str, seats: i64) -> v1::PurchaseSeatsResponse {
        let request = v1::PurchaseSeatsRequest {
            name: format!("{CUSTOMER}/entitlements/{product}"),
            seat_count: seats,
            ..v1::PurchaseSeatsRequest::default()
        };
        self.entitlements()
            .purchase_seats(request)
            .await
            .unwrap()
            .into_inner()
    }

    /// Runs a batch to its end and returns its events.
    pub(crate) async fn run(&self, request: v1::BatchUpdateLicensesRequest) -> Vec<v1::BatchEvent> {
        let response = self
            .licenses()
            .batch_update_licenses(request)
            .await
            .unwrap();
        let mut stream = response.into_inner();
        let mut events = Vec::new();
        while let Some(message) = stream.message().await.unwrap() {
            events.push(message.event.unwrap());
        }
        events
    }

    /// Asks the server to shut down.
    pub(crate) fn shut_down(&self) {
        self.stop.cancel();
    }

    /// Shuts the server down and waits until it has ended.
    pub(crate) async fn stopped(self) {
        self.stop.cancel();
        drop(self.channel);
        self.until_drained.await.unwrap();
    }
}

pub(crate) fn stream<T: Send + 'static>(
    messages: Vec<T>,
) -> impl futures::Stream<Item = T> + Send + 'static {
    futures::stream::iter(messages)
}

pub(crate) fn user_name(id: &str) -> String {
    format!("{CUSTOMER}/users/{id}")
}

/// The user `u{number}`: active, in Switzerland.
pub(crate) fn user(number: usize) -> v1::User {
    v1::User {
        name: user_name(&format!("u{number}")),
        sign_in_name: format!("u{number}@contoso.example"),
        display_name: format!("User {number:03}"),
        usage_location: "CH".to_owned(),
        ..v1::User::default()
    }
}

pub(crate) fn users_header(mode: users::Mode) -> v1::ImportUsersRequest {
    let header = users::Header {
        parent: CUSTOMER.to_owned(),
        mode: mode.into(),
        validate_only: false,
    };
    v1::ImportUsersRequest {
        content: Some(users::Content::Header(header)),
    }
}

pub(crate) fn users_message(users: Vec<v1::User>) -> v1::ImportUsersRequest {
    let batch = users::UserBatch { users };
    v1::ImportUsersRequest {
        content: Some(users::Content::Users(batch)),
    }
}

pub(crate) fn catalog_header(mode: catalog::Mode) -> v1::ImportCatalogRequest {
    let header = catalog::Header {
        mode: mode.into(),
        validate_only: false,
    };
    v1::ImportCatalogRequest {
        content: Some(catalog::Content::Header(header)),
    }
}

pub(crate) fn catalog_items(items: catalog::Items) -> v1::ImportCatalogRequest {
    v1::ImportCatalogRequest {
        content: Some(catalog::Content::Items(items)),
    }
}

fn items() -> catalog::Items {
    catalog::Items {
        products: vec![
            product("suite", &["mail", "chat"]),
            product("addon", &["meet"]),
        ],
        service_plans: ["mail", "chat", "meet"].map(plan).into(),
        rules: vec![
            v1::CatalogRule {
                rule: Some(Rule::Dependency(v1::Dependency {
                    service_plan: "products/-/servicePlans/meet".to_owned(),
                    needs_any_of: vec!["products/-/servicePlans/chat".to_owned()],
                })),
            },
            v1::CatalogRule {
                rule: Some(Rule::LocationRule(v1::LocationRule {
                    restricted: Some(Restricted::ServicePlan(
                        "products/-/servicePlans/meet".to_owned(),
                    )),
                    prohibited_locations: vec!["IN".to_owned()],
                })),
            },
        ],
    }
}

pub(crate) fn product(id: &str, plans: &[&str]) -> v1::Product {
    v1::Product {
        name: format!("products/{id}"),
        display_name: id.to_uppercase(),
        service_plans: plans
            .iter()
            .map(|plan| format!("products/-/servicePlans/{plan}"))
            .collect(),
        ..v1::Product::default()
    }
}

pub(crate) fn plan(id: &str) -> v1::ServicePlan {
    v1::ServicePlan {
        name: format!("products/-/servicePlans/{id}"),
        display_name: id.to_uppercase(),
        ..v1::ServicePlan::default()
    }
}

pub(crate) fn assign(products: &[&str]) -> v1::Change {
    let assign = products.iter().map(|&product| v1::Assignment {
        product: product.to_owned(),
        ..v1::Assignment::default()
    });
    v1::Change {
        assign: assign.collect(),
        revoke: Vec::new(),
    }
}

#[expect(clippy::unnecessary_wraps, reason = "as requests take it")]
pub(crate) fn selection(kind: Kind) -> Option<v1::UserSelector> {
    Some(v1::UserSelector { kind: Some(kind) })
}

pub(crate) fn everyone() -> Option<v1::UserSelector> {
    selection(Kind::AllUsers(v1::AllUsers {}))
}

pub(crate) fn these(users: &[&str]) -> Option<v1::UserSelector> {
    let names = users.iter().map(|user| user_name(user)).collect();
    selection(Kind::Users(v1::UserList { names }))
}

/// Assigns the suite to all users.
pub(crate) fn batch() -> v1::BatchUpdateLicensesRequest {
    v1::BatchUpdateLicensesRequest {
        parent: CUSTOMER.to_owned(),
        change: Some(assign(&[SUITE])),
        selection: everyone(),
        ..v1::BatchUpdateLicensesRequest::default()
    }
}

/// The results in a batch's events, in order.
pub(crate) fn results(events: &[v1::BatchEvent]) -> Vec<v1::UserResult> {
    let received = events.iter().filter_map(|event| match &event.event {
        Some(v1::batch_event::Event::Results(results)) => Some(results.results.clone()),
        _ => None,
    });
    received.flatten().collect()
}

/// The batch in the last event.
pub(crate) fn finished(events: &[v1::BatchEvent]) -> v1::Batch {
    match events.last().and_then(|event| event.event.clone()) {
        Some(v1::batch_event::Event::Finished(finished)) => finished.batch.unwrap(),
        other => panic!("the last event does not end the batch: {other:?}"),
    }
}

/// A length as an integer of the API.
pub(crate) fn length(length: usize) -> i64 {
    i64::try_from(length).unwrap()
}

/// The reason of an error.
pub(crate) fn reason(status: &tonic::Status) -> String {
    info(status).reason
}

pub(crate) fn info(status: &tonic::Status) -> tonic_types::ErrorInfo {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let info = details
        .error_info()
        .expect("every error carries one ErrorInfo")
        .clone();
    assert_eq!(info.domain, seatkeeper_proto::ERROR_DOMAIN);
    info
}

/// The field paths in an error.
pub(crate) fn fields(status: &tonic::Status) -> Vec<String> {
    use tonic_types::StatusExt as _;
    let details = status.get_error_details();
    let request = details
        .bad_request()
        .map(|request| request.field_violations.clone());
    request
        .unwrap_or_default()
        .into_iter()
        .map(|violation| violation.field)
        .collect()
}
