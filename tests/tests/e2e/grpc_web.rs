use std::io::{Read, Write};
use std::net::TcpStream;

use seatkeeper_tests::{Scene, on_each_database};

/// What a browser sends to call `GetCatalog`: an empty message in a frame of five bytes.
const REQUEST: &str = "POST /seatkeeper.v1.CatalogService/GetCatalog HTTP/1.1\r\n\
                       Host: localhost\r\n\
                       Content-Type: application/grpc-web+proto\r\n\
                       X-Grpc-Web: 1\r\n\
                       Connection: close\r\n\
                       Content-Length: 5\r\n\
                       \r\n\
                       \0\0\0\0\0";

async fn a_browser_can_call(scene: Scene) {
    let mut stream = TcpStream::connect(scene.url.trim_start_matches("http://")).unwrap();
    stream.write_all(REQUEST.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("grpc-status:0"), "{answer}");
}

on_each_database! {
    a_browser_can_call,
}
