use std::pin::Pin;

use bytes::{BufMut as _, Bytes, BytesMut};
use http_body::Body as _;
use http_body::Frame;
use prost::Message as _;
use seatkeeper_proto::v1::{self, user_selector::Kind};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::*;

const BATCH: &str = "/seatkeeper.v1.LicenseService/BatchUpdateLicenses";
const STREAMED: &str = "/seatkeeper.v1.LicenseService/StreamBatchUpdateLicenses";
const GET: &str = "/seatkeeper.v1.BatchService/GetBatch";
const HEALTH: &str = "/grpc.health.v1.Health/Check";

/// A body with these frames.
struct Frames(std::vec::IntoIter<Bytes>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        Poll::Ready(self.0.next().map(|data| Ok(Frame::data(data))))
    }
}

/// A request, as [`MessageBody`] receives it.
struct Call {
    receiving: MessageBody,
    held: MemoryGuard,
    budget: Arc<SharedLimit>,
}

impl Call {
    fn new(path: &str, encoding: Option<&str>, budget: usize, frames: Vec<Bytes>) -> Self {
        let layer = ReceiveLayer {
            budget: SharedLimit::new(budget, budget),
            pool: BlockingPool::new(),
            message_bytes_max: 16 * 1024 * 1024,
        };
        let mut request = Request::builder().uri(path);
        if let Some(encoding) = encoding {
            request = request.header("grpc-encoding", encoding);
        }
        let request = request.body(Body::empty()).unwrap();
        let receiver = layer.receiver(&request).unwrap();
        let held = MemoryGuard::default();
        let body = Body::new(Frames(frames.into_iter()));
        Self {
            receiving: MessageBody::new(body, receiver, layer.pool, held.clone()),
            held,
            budget: layer.budget,
        }
    }

    async fn next(&mut self) -> Option<Result<Bytes, Status>> {
        let next =
            std::future::poll_fn(|context| Pin::new(&mut self.receiving).poll_frame(context));
        next.await
            .map(|frame| frame.map(|frame| frame.into_data().unwrap()))
    }
}

fn framed(compressed: u8, message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(compressed);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.put_slice(message);
    frame.freeze()
}

fn users(count: usize) -> Vec<u8> {
    let names = vec!["customers/c/users/u".to_owned(); count];
    let kind = Some(Kind::Users(v1::UserList { names }));
    v1::BatchUpdateLicensesRequest {
        selection: Some(v1::UserSelector { kind }),
        ..v1::BatchUpdateLicensesRequest::default()
    }
    .encode_to_vec()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn reason(status: &Status) -> String {
    let details = status.get_error_details();
    details.error_info().unwrap().reason.clone()
}

#[tokio::test]
async fn a_message_comes_out_whole_however_it_was_cut() {
    let message = framed(0, &users(5_000));
    let whole = message.clone();
    for size in [1, 5, 7_000, message.len()] {
        let frames = message.chunks(size).map(Bytes::copy_from_slice).collect();
        let mut call = Call::new(BATCH, None, usize::MAX, frames);
        assert_eq!(call.next().await.unwrap().unwrap(), whole, "{size}");
        assert!(call.next().await.is_none());
    }
}

#[tokio::test]
async fn messages_in_one_frame_come_out_one_by_one() {
    let frame = [framed(0, b""), framed(0, &users(2)), framed(0, b"")].concat();
    let mut call = Call::new(STREAMED, None, usize::MAX, vec![frame.into()]);
    let mut sizes = Vec::new();
    while let Some(message) = call.next().await {
        sizes.push(message.unwrap().len());
    }
    assert_eq!(sizes, [5, 5 + users(2).len(), 5]);
}

#[tokio::test]
async fn a_compressed_message_comes_out_as_if_it_never_was() {
    for count in [1, 50_000] {
        let message = users(count);
        let encoded = [
            ("gzip", gzip(&message)),
            ("zstd", zstd::encode_all(&message[..], 3).unwrap()),
        ];
        for (encoding, compressed) in encoded {
            let frames = vec![framed(1, &compressed)];
            let mut call = Call::new(BATCH, Some(encoding), usize::MAX, frames);
            let received = call.next().await.unwrap().unwrap();
            assert_eq!(received, framed(0, &message), "{encoding}");
        }
    }
}

#[tokio::test]
async fn each_method_has_its_own_limit() {
    let message = vec![0; REQUEST_BYTES_MAX + 1];
    for (path, max) in [(GET, "4194304"), (HEALTH, "16384")] {
        for (encoding, compressed, bytes) in [
            (None, 0, message.clone()),
            (Some("gzip"), 1, gzip(&message)),
        ] {
            let mut call = Call::new(path, encoding, usize::MAX, vec![framed(compressed, &bytes)]);
            let refused = call.next().await.unwrap().unwrap_err();
            assert_eq!(reason(&refused), "MESSAGE_TOO_LARGE");
            let details = refused.get_error_details();
            assert_eq!(details.error_info().unwrap().metadata["maximum_bytes"], max);
        }
    }
}

#[tokio::test]
async fn a_malformed_message_is_refused() {
    let truncated = framed(0, b"xyz").slice(..6);
    for frames in [
        vec![framed(2, b"")],
        vec![framed(1, b"no gzip")],
        vec![truncated],
        vec![Bytes::from_static(b"\0\0")],
    ] {
        let mut call = Call::new(GET, Some("gzip"), usize::MAX, frames.clone());
        let refused = call.next().await.unwrap().unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{frames:?}");
        assert!(call.next().await.is_none());
    }
}

#[tokio::test]
async fn a_call_of_one_message_has_no_second() {
    let twice = [framed(0, b""), framed(0, b"")].concat();
    let mut call = Call::new(GET, None, usize::MAX, vec![twice.into()]);
    assert!(call.next().await.unwrap().is_ok());
    let refused = call.next().await.unwrap().unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_list_is_counted_before_it_is_decoded() {
    let mut call = Call::new(BATCH, None, usize::MAX, vec![framed(0, &users(100_001))]);
    let refused = call.next().await.unwrap().unwrap_err();
    assert_eq!(reason(&refused), "LIST_TOO_LONG");
    let details = refused.get_error_details();
    let metadata = &details.error_info().unwrap().metadata;
    assert_eq!(metadata["field"], "selection.users.names");
    assert_eq!(
        (&*metadata["given"], &*metadata["maximum"]),
        ("100001", "100000")
    );
}

#[tokio::test]
async fn memory_is_counted_until_a_single_request_is_handled() {
    let mut call = Call::new(BATCH, None, usize::MAX, vec![framed(0, &users(10_000))]);
    let message = call.next().await.unwrap().unwrap();
    assert!(call.next().await.is_none());
    drop(call.receiving);
    assert!(call.budget.used_total() > message.len());
    drop(call.held.take());
    assert_eq!(call.budget.used_total(), 0);
}

#[tokio::test]
async fn memory_of_a_streams_message_is_counted_until_the_next_is_asked_for() {
    let names = vec!["customers/c/users/u".to_owned(); 10_000];
    let content = v1::stream_batch_update_licenses_request::Content::Users(v1::UserList { names });
    let message = v1::StreamBatchUpdateLicensesRequest {
        content: Some(content),
    };
    let frames = vec![framed(0, &message.encode_to_vec())];
    let mut call = Call::new(STREAMED, None, usize::MAX, frames);
    let message = call.next().await.unwrap().unwrap();
    assert!(call.budget.used_total() > message.len());
    assert!(call.next().await.is_none());
    assert_eq!(call.budget.used_total(), 0);
}

#[tokio::test]
async fn a_message_over_the_memory_budget_is_refused_with_retry_info() {
    let message = users(50_000);
    let encoded = [
        (None, framed(0, &message)),
        (Some("gzip"), framed(1, &gzip(&message))),
    ];
    for (encoding, frame) in encoded {
        let mut call = Call::new(BATCH, encoding, 100_000, vec![frame]);
        let refused = call.next().await.unwrap().unwrap_err();
        assert_eq!(refused.code(), Code::ResourceExhausted);
        let details = refused.get_error_details();
        assert!(details.quota_failure().is_some() && details.retry_info().is_some());
        assert_eq!(call.budget.used_total(), 0);
    }
}

#[tokio::test]
async fn a_message_that_was_only_announced_takes_little() {
    let message = framed(0, &users(50_000));
    let mut call = Call::new(BATCH, None, usize::MAX, Vec::new());
    let begun = call.receiving.append(message.slice(..10)).unwrap();
    assert!(begun.is_none());
    assert_eq!(call.budget.used_total(), 64 * 1024);
    let more = call.receiving.append(message.slice(10..200_000)).unwrap();
    assert!(more.is_none());
    assert_eq!(call.budget.used_total(), 200_000);
}

#[tokio::test]
async fn messages_of_other_services_are_not_counted() {
    let mut call = Call::new(HEALTH, None, 0, vec![framed(0, &[0; 10_000])]);
    assert!(call.next().await.unwrap().is_ok());
}
