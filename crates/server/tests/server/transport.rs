//! Errors of the transport have the same details as all other errors.

use seatkeeper_proto::v1::{self, user_selector::Kind};
use seatkeeper_server::ServerConfig;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::Code;
use tonic::codec::CompressionEncoding;
use tonic_types::StatusExt as _;

use crate::test_server::{
    TestServer, batch, info, reason, selection, stream, user, user_name, users_message,
};

async fn small() -> TestServer {
    TestServer::with(ServerConfig {
        message_bytes_max: 1_000,
        ..ServerConfig::default()
    })
    .await
}

fn large() -> v1::BatchUpdateLicensesRequest {
    let names = (0..1_000)
        .map(|number| user_name(&format!("u{number}")))
        .collect();
    let selection = selection(Kind::Users(v1::UserList { names }));
    v1::BatchUpdateLicensesRequest {
        selection,
        ..batch()
    }
}

#[tokio::test]
async fn a_message_that_is_too_large_says_which_call_to_use() {
    let server = small().await;
    let mut client = server.licenses();
    let status = client
        .batch_update_licenses(large())
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(
        (status.code(), &*reason(&status)),
        (Code::InvalidArgument, "MESSAGE_TOO_LARGE")
    );
    let metadata = info(&status).metadata;
    assert_eq!(metadata["maximum_bytes"], "1000");
    assert_eq!(metadata["alternative"], "StreamBatchUpdateLicenses");
}

#[tokio::test]
async fn a_message_that_is_small_only_when_compressed_is_too_large() {
    let server = small().await;
    let mut client = server.licenses().send_compressed(CompressionEncoding::Gzip);
    let names = vec![user_name("u1"); 1_000];
    let selection = selection(Kind::Users(v1::UserList { names }));
    let request = v1::BatchUpdateLicensesRequest {
        selection,
        ..batch()
    };
    let status = client
        .batch_update_licenses(request)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(reason(&status), "MESSAGE_TOO_LARGE");
}

#[tokio::test]
async fn a_message_of_a_stream_that_is_too_large_says_so_too() {
    let server = small().await;
    let users = users_message((1..100).map(user).collect());
    let messages = vec![
        crate::test_server::users_header(v1::import_users_request::Mode::Upsert),
        users,
    ];
    server.create_customer("contoso").await;
    let status = server
        .directory()
        .import_users(stream(messages))
        .await
        .unwrap_err();
    assert_eq!(reason(&status), "MESSAGE_TOO_LARGE");
}

#[tokio::test]
async fn an_unknown_method_is_not_implemented() {
    let server = TestServer::empty().await;
    let mut client = tonic::client::Grpc::new(server.channel.clone());
    client.ready().await.unwrap();
    let codec: tonic_prost::ProstCodec<v1::GetBatchRequest, v1::Batch> =
        tonic_prost::ProstCodec::default();
    let path = http::uri::PathAndQuery::from_static("/seatkeeper.v1.BatchService/Nothing");
    let request = tonic::Request::new(v1::GetBatchRequest::default());
    let status = client.unary(request, path, codec).await.unwrap_err();
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(reason(&status), "NOT_IMPLEMENTED");
}

#[tokio::test]
async fn more_streams_than_allowed_are_refused_with_when_to_come_back() {
    let config = ServerConfig {
        open_streams_max: 0,
        ..ServerConfig::default()
    };
    let server = TestServer::with(config).await;
    let request = v1::StreamBatchResultsRequest {
        name: "customers/contoso/batches/b".to_owned(),
        ..v1::StreamBatchResultsRequest::default()
    };
    let status = server
        .batches()
        .stream_batch_results(request)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(
        (status.code(), &*reason(&status)),
        (Code::ResourceExhausted, "LIMIT_REACHED")
    );
    let details = status.get_error_details();
    assert!(details.quota_failure().is_some() && details.retry_info().is_some());
}

#[tokio::test]
async fn reflection_knows_the_services_in_both_versions() {
    let server = TestServer::empty().await;
    let names = [services_v1(&server).await, services_v1alpha(&server).await];
    for names in names {
        assert!(
            names
                .iter()
                .any(|name| name == "seatkeeper.v1.LicenseService"),
            "{names:?}"
        );
        assert!(
            names.iter().any(|name| name == "grpc.health.v1.Health"),
            "{names:?}"
        );
    }
}

macro_rules! list_services {
    ($name:ident, $version:ident) => {
        async fn $name(server: &TestServer) -> Vec<String> {
            use tonic_reflection::pb::$version::ServerReflectionRequest;
            use tonic_reflection::pb::$version::server_reflection_client::ServerReflectionClient;
            use tonic_reflection::pb::$version::server_reflection_request::MessageRequest;
            use tonic_reflection::pb::$version::server_reflection_response::MessageResponse;
            let request = ServerReflectionRequest {
                host: String::new(),
                message_request: Some(MessageRequest::ListServices(String::new())),
            };
            let mut client = ServerReflectionClient::new(server.channel.clone());
            let response = client
                .server_reflection_info(stream(vec![request]))
                .await
                .unwrap();
            let answer = response.into_inner().message().await.unwrap().unwrap();
            match answer.message_response {
                Some(MessageResponse::ListServicesResponse(list)) => list
                    .service
                    .into_iter()
                    .map(|service| service.name)
                    .collect(),
                other => panic!("{other:?}"),
            }
        }
    };
}

list_services!(services_v1, v1);
list_services!(services_v1alpha, v1alpha);

#[tokio::test]
async fn browsers_call_over_grpc_web() {
    let server = TestServer::empty().await;
    let mut connection = tokio::net::TcpStream::connect(server.address)
        .await
        .unwrap();
    let head = "POST /seatkeeper.v1.CustomerService/ListCustomers HTTP/1.1\r\n\
                host: localhost\r\ncontent-type: application/grpc-web+proto\r\n\
                content-length: 5\r\nconnection: close\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(&[0; 5]).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    assert!(answer.contains("grpc-status:0"), "{answer}");
}
