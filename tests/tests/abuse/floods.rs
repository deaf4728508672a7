//! Attacks on the protocol below gRPC. The server has never been vulnerable to them; these tests
//! prevent a regression.

use std::time::Duration;

use bytes::Bytes;
use seatkeeper_tests::{Database, on_each_database};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::bystander::Bystander;
use crate::raw::{CLIENT, Raw, connect};
use crate::rng::Rng;
use crate::test_server::TestServer;
use crate::wire::prefixed;

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const GET: &str = "/seatkeeper.v1.DirectoryService/GetUser";
/// Connections that never send a byte.
const SILENT_CONNECTIONS: usize = 300;
/// Types of HTTP/2 frames.
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const CONTINUATION: u8 = 9;
/// The default maximum size of a frame in HTTP/2.
const FRAME_BYTES: usize = 16 * 1024;
/// Timeout for the server to close a connection that breaks the protocol.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Encodes a frame of HTTP/2.
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let head = [length[1], length[2], length[3], kind, flags];
    [&head[..], &stream.to_be_bytes(), payload].concat()
}

async fn connect_with_preface(url: &str) -> TcpStream {
    let mut stream = connect(url, CLIENT).await.unwrap();
    let preface = [PREFACE, &frame(SETTINGS, 0, 0, &[])].concat();
    stream.write_all(&preface).await.unwrap();
    stream
}

/// Sends a flood until all frames are sent or the server rejects further frames.
async fn send(stream: &mut TcpStream, frames: impl IntoIterator<Item = Vec<u8>>) {
    let sending = async {
        for frame in frames {
            if stream.write_all(&frame).await.is_err() {
                break;
            }
        }
    };
    // A timeout means that the server reads no more, which is a rejection as well.
    let _ = timeout(TIMEOUT, sending).await;
    let mut rest = Vec::new();
    let mut answers = stream.take(1024 * 1024);
    let reading = answers.read_to_end(&mut rest);
    let _ = timeout(Duration::from_millis(100), reading).await;
}

/// Opens streams and resets each of them at once.
async fn reset_rapidly(url: &str) {
    for _ in 0..5 {
        let mut raw = Raw::open(url, CLIENT).await;
        for _ in 0..1_000 {
            let Ok(call) = raw.call(GET, &[], prefixed(false, &[])).await else {
                break;
            };
            drop(call);
        }
    }
}

/// Sends headers without end, and frames that each demand a response.
async fn flood(url: &str) {
    let filler = vec![0; FRAME_BYTES];
    let begun = || std::iter::once(frame(HEADERS, 0, 1, &[]));
    let many = |frame: Vec<u8>, count| std::iter::repeat_n(frame, count);
    let continued = many(frame(CONTINUATION, 0, 1, &filler), 500);
    let empty = many(frame(CONTINUATION, 0, 1, &[]), 20_000);
    let pings = many(frame(PING, 0, 0, &[0; 8]), 20_000);
    let settings = many(frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 1, 0]), 20_000);
    send(
        &mut connect_with_preface(url).await,
        begun().chain(continued),
    )
    .await;
    send(&mut connect_with_preface(url).await, begun().chain(empty)).await;
    send(&mut connect_with_preface(url).await, pings).await;
    send(&mut connect_with_preface(url).await, settings).await;
}

/// Sends a header of 4,000 bytes that enters the table once; every later reference takes one byte.
async fn send_a_bomb_of_headers(url: &str) {
    // A literal with a new name, to be indexed: a name of one letter, a value of 4,000.
    let mut marked = vec![0x40, 1, b'x', 0x7f, 0xa1, 0x1e];
    marked.extend(std::iter::repeat_n(b'y', 4_000));
    // The index of the newest entry in the dynamic table.
    let named = vec![0x80 | 0x3e; FRAME_BYTES];
    let frames = (0..100).flat_map(|number: u32| {
        let stream = 2 * number + 1;
        [
            frame(HEADERS, 0, stream, &marked),
            frame(CONTINUATION, 4, stream, &named),
        ]
    });
    send(&mut connect_with_preface(url).await, frames).await;
}

/// Opens connections that send random bytes, and calls with bodies of random bytes.
async fn send_garbage(url: &str) {
    let mut rng = Rng::of(4);
    for number in 0..200 {
        let mut stream = match number % 2 {
            0 => connect(url, CLIENT).await.unwrap(),
            _ => connect_with_preface(url).await,
        };
        let count = 1 + rng.below(2_000);
        let _cut_by_the_server = stream.write_all(&rng.bytes(count)).await;
    }
    let mut raw = Raw::open(url, CLIENT).await;
    for _ in 0..300 {
        let count = rng.below(200);
        let body = Bytes::from(rng.bytes(count));
        let encoding = rng.one_of(&["gzip", "zstd", "identity", "?"]);
        let call = raw.call(GET, &[("grpc-encoding", encoding)], body).await;
        let _status_or_reset = call.unwrap().answer().await;
    }
}

async fn attacks_on_the_protocol_harm_no_call(database: Database) {
    let test_server = TestServer::start(database, &[]).await;
    let bystander = Bystander::beside(&test_server).await;
    let url = &test_server.fixture.url;
    let mut silent = Vec::new();
    for _ in 0..SILENT_CONNECTIONS {
        silent.push(connect(url, CLIENT).await.unwrap());
    }
    reset_rapidly(url).await;
    flood(url).await;
    send_a_bomb_of_headers(url).await;
    send_garbage(url).await;
    drop(silent);
    bystander.assert_unharmed_on(&test_server).await;
    test_server.finish();
}

on_each_database! {
    attacks_on_the_protocol_harm_no_call,
}
