use seatkeeper_tests::{Fixture, on_each_database};
use tonic::codegen::tokio_stream;

const SERVICES: [&str; 8] = [
    "grpc.health.v1.Health",
    "seatkeeper.v1.BatchService",
    "seatkeeper.v1.CatalogService",
    "seatkeeper.v1.CustomerService",
    "seatkeeper.v1.DirectoryService",
    "seatkeeper.v1.EntitlementService",
    "seatkeeper.v1.LicenseService",
    "seatkeeper.v1.SelectionService",
];

/// The names of the services that one version of the reflection service lists.
macro_rules! services {
    ($version:ident, $fixture:expr) => {{
        use tonic_reflection::pb::$version::ServerReflectionRequest;
        use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
        use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
        use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;

        let request = ServerReflectionRequest {
            message_request: Some(MessageRequest::ListServices(String::new())),
            ..ServerReflectionRequest::default()
        };
        let mut client = ServerReflectionClient::new($fixture.connection.channel());
        let answers = client
            .server_reflection_info(tokio_stream::once(request))
            .await;
        let answer = answers
            .unwrap()
            .into_inner()
            .message()
            .await
            .unwrap()
            .unwrap();
        let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
            panic!("the response is not a list of services");
        };
        list.service
            .into_iter()
            .map(|service| service.name)
            .collect::<Vec<_>>()
    }};
}

fn complete(listed: &[String]) {
    for service in SERVICES {
        assert!(
            listed.iter().any(|name| name == service),
            "{service} in {listed:?}"
        );
    }
}

async fn version_1_lists_the_services(fixture: Fixture) {
    complete(&services!(v1, fixture));
}

async fn version_1_alpha_lists_the_services(fixture: Fixture) {
    complete(&services!(v1alpha, fixture));
}

on_each_database! {
    version_1_lists_the_services,
    version_1_alpha_lists_the_services,
}
