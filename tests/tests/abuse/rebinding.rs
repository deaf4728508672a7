//! DNS rebinding: a browser on this machine shows a page of another site, whose name resolves to
//! 127.0.0.1.

use bytes::Bytes;
use seatkeeper_proto::v1::{CreateCustomerRequest, Customer, GetCustomerRequest};
use seatkeeper_tests::{Connection, Database, on_each_database};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tonic::Code;

use crate::raw::{CLIENT, Raw, connect};
use crate::test_server::TestServer;
use crate::wire::framed;

const CREATE: &str = "/seatkeeper.v1.CustomerService/CreateCustomer";
const WEB: &str = "application/grpc-web+proto";
/// Host names that do not refer to this machine, regardless of their addresses.
const FOREIGN: [&str; 5] = [
    "evil.example",
    "evil.example:50051",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "10.0.0.1",
];

fn creation(id: &str) -> Bytes {
    framed(&CreateCustomerRequest {
        customer_id: id.to_owned(),
        customer: Some(Customer::default()),
    })
}

async fn exists(connection: &Connection, id: &str) -> bool {
    let request = GetCustomerRequest {
        name: format!("customers/{id}"),
    };
    match connection.customers().get_customer(request).await {
        Ok(_) => true,
        Err(status) => {
            assert_eq!(status.code(), Code::NotFound);
            false
        }
    }
}

async fn post_over_http_1(url: &str, host: &str, body: &[u8]) -> String {
    let mut stream = connect(url, CLIENT).await.unwrap();
    let head = format!(
        "POST {CREATE} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {WEB}\r\nX-Grpc-Web: 1\r\n\
         Connection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    let _reset_counts_as_well = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

async fn a_foreign_host_creates_nothing_over_http_1(database: Database) {
    let test_server = TestServer::start_light(database, &[]).await;
    for (number, host) in FOREIGN.into_iter().enumerate() {
        let id = format!("rebound-{number}");
        let answer = post_over_http_1(&test_server.fixture.url, host, &creation(&id)).await;
        assert!(!answer.contains("grpc-status:0"), "{host}: {answer}");
        assert!(
            !exists(&test_server.fixture.connection, &id).await,
            "{host}"
        );
    }
    let port = test_server.fixture.url.rsplit(':').next().unwrap();
    for (number, name) in ["localhost", "127.0.0.1", "[::1]"].iter().enumerate() {
        let id = format!("local-{number}");
        let host = format!("{name}:{port}");
        let answer = post_over_http_1(&test_server.fixture.url, &host, &creation(&id)).await;
        assert!(answer.contains("grpc-status:0"), "{host}: {answer}");
        assert!(exists(&test_server.fixture.connection, &id).await, "{host}");
    }
    test_server.finish();
}

async fn a_foreign_host_creates_nothing_over_http_2(database: Database) {
    let test_server = TestServer::start_light(database, &[]).await;
    for (number, host) in FOREIGN.into_iter().enumerate() {
        let id = format!("rebound-{number}");
        let mut raw = Raw::open(&test_server.fixture.url, CLIENT)
            .await
            .called(host);
        let call = raw
            .call(CREATE, &[("content-type", WEB)], creation(&id))
            .await;
        let _refused = call.unwrap().answer().await;
        assert!(
            !exists(&test_server.fixture.connection, &id).await,
            "{host}"
        );
    }
    test_server.finish();
}

/// Content types that a browser sends without a preflight request.
async fn a_content_type_that_is_not_grpc_creates_nothing(database: Database) {
    let test_server = TestServer::start_light(database, &[]).await;
    let types = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json",
        "",
    ];
    let mut raw = Raw::open(&test_server.fixture.url, CLIENT).await;
    for (number, content_type) in types.into_iter().enumerate() {
        let id = format!("simple-{number}");
        let headers = [("content-type", content_type)];
        let call = raw.call(CREATE, &headers, creation(&id)).await;
        let _refused = call.unwrap().answer().await;
        assert!(
            !exists(&test_server.fixture.connection, &id).await,
            "{content_type}"
        );
    }
    test_server.finish();
}

/// A load balancer or a service mesh may call a server under any name.
async fn native_grpc_is_answered_under_any_name(database: Database) {
    let test_server = TestServer::start_light(database, &[]).await;
    let mut raw = Raw::open(&test_server.fixture.url, CLIENT)
        .await
        .called("seatkeeper.example");
    let answer = raw.answer(CREATE, creation("native")).await.unwrap();
    assert_eq!(answer.code(), Code::Ok);
    assert!(exists(&test_server.fixture.connection, "native").await);
    test_server.finish();
}

on_each_database! {
    a_foreign_host_creates_nothing_over_http_1,
    a_foreign_host_creates_nothing_over_http_2,
    a_content_type_that_is_not_grpc_creates_nothing,
    native_grpc_is_answered_under_any_name,
}
