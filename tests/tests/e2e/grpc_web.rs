use std::io::{Read, Write};
use std::net::TcpStream;

use seatkeeper_tests::{Database, Fixture, OwnServer, Storage, on_each_database};

/// The bytes that a browser sends to call `GetCatalog` on a named host: an empty message in a frame
/// of five bytes.
fn request(host: &str, content: &str) -> String {
    format!(
        "POST /seatkeeper.v1.CatalogService/GetCatalog HTTP/1.1\r\n\
         Host: {host}\r\n\
         Content-Type: {content}\r\n\
         X-Grpc-Web: 1\r\n\
         Connection: close\r\n\
         Content-Length: 5\r\n\
         \r\n\
         \0\0\0\0\0"
    )
}

const WEB: &str = "application/grpc-web+proto";

fn answer(fixture: &Fixture, request: &str) -> String {
    let mut stream = TcpStream::connect(fixture.url.trim_start_matches("http://")).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn a_browser_can_call(fixture: Fixture) {
    let answer = answer(&fixture, &request("localhost", WEB));
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("grpc-status:0"), "{answer}");
}

/// A browser sends the name of the page's host, even if that name resolves to this machine.
async fn a_page_of_another_name_is_refused(fixture: Fixture) {
    let answer = answer(&fixture, &request("rebound.example", WEB));
    assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
}

/// A browser submits a form without a preflight request, but not as gRPC-Web.
async fn a_form_is_refused(fixture: Fixture) {
    let answer = answer(&fixture, &request("localhost", "text/plain"));
    assert!(answer.starts_with("HTTP/1.1 415"), "{answer}");
}

async fn a_name_that_is_allowed_is_answered(database: Database) {
    let arguments = ["--allowed-hosts", "seats.example,other.example"];
    let own = OwnServer::start_with(Storage::create(database), &arguments).await;
    for (host, status) in [("Seats.example:443", "200"), ("third.example", "403")] {
        let answer = answer(&own.fixture, &request(host, WEB));
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}")),
            "{answer}"
        );
    }
}

on_each_database! {
    a_browser_can_call,
    a_page_of_another_name_is_refused,
    a_form_is_refused,
    a_name_that_is_allowed_is_answered,
}
