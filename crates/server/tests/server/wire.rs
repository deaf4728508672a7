//! A caller with a hand-made connection: from an address of the loopback network, with its own
//! headers and first bytes.

use bytes::Bytes;
use h2::RecvStream;
use h2::client::SendRequest;
use http::{HeaderMap, Request, Response};
use prost::Message as _;
use seatkeeper_proto::v1::ListCustomersRequest;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;

use crate::raw::framed;
use crate::test_server::TestServer;

pub(crate) const WATCH: &str = "/grpc.health.v1.Health/Watch";
pub(crate) const CHECK: &str = "/grpc.health.v1.Health/Check";
pub(crate) const LIST_CUSTOMERS: &str = "/seatkeeper.v1.CustomerService/ListCustomers";

/// A TCP connection from an address.
pub(crate) async fn connect(server: &TestServer, from: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
    socket.connect(server.address).await.unwrap()
}

/// An HTTP/2 connection.
pub(crate) struct Wire {
    client: SendRequest<Bytes>,
    /// Completes when the connection ends.
    pub(crate) closed: JoinHandle<()>,
    authority: String,
}

impl Wire {
    pub(crate) async fn open(server: &TestServer, from: &str) -> Self {
        Self::open_after(server, from, "").await
    }

    /// A connection that begins with `first`.
    pub(crate) async fn open_after(server: &TestServer, from: &str, first: &str) -> Self {
        let mut stream = connect(server, from).await;
        stream.write_all(first.as_bytes()).await.unwrap();
        let (client, connection) = h2::client::handshake(stream).await.unwrap();
        Self {
            client,
            closed: tokio::spawn(async move { drop(connection.await) }),
            authority: server.address.to_string(),
        }
    }

    /// Sets the host name in requests.
    pub(crate) fn authority(mut self, authority: &str) -> Self {
        authority.clone_into(&mut self.authority);
        self
    }

    /// Makes a call with an empty message, which every method of these tests accepts.
    pub(crate) async fn call(
        &mut self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Response<RecvStream>, h2::Error> {
        let mut request = Request::post(format!("http://{}{path}", self.authority));
        if headers.iter().all(|(name, _)| *name != "content-type") {
            request = request.header("content-type", "application/grpc");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        std::future::poll_fn(|context| self.client.poll_ready(context)).await?;
        let (answer, mut sending) = self.client.send_request(request.body(()).unwrap(), false)?;
        sending.send_data(framed(&HealthCheckRequest::default()), true)?;
        answer.await
    }

    /// The status code of a call that is rejected at once; `None` for a call whose response begins.
    pub(crate) async fn refused(
        &mut self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Option<Code> {
        let answer = self.call(path, headers).await.unwrap();
        status(answer.headers()).map(|status| status.code())
    }

    /// Calls a health check or a list of customers, and returns the status code at the end of the
    /// response.
    pub(crate) async fn code(&mut self, path: &str) -> Code {
        let mut answer = self.call(path, &[]).await.unwrap();
        if let Some(status) = status(answer.headers()) {
            return status.code();
        }
        while let Some(data) = answer.body_mut().data().await {
            let length = data.unwrap().len();
            answer
                .body_mut()
                .flow_control()
                .release_capacity(length)
                .unwrap();
        }
        let trailers = answer.body_mut().trailers().await.unwrap().unwrap();
        status(&trailers).unwrap().code()
    }
}

fn status(headers: &HeaderMap) -> Option<Status> {
    Status::from_header_map(headers)
}

/// Sends a raw HTTP/1.1 request, and reads until the server closes the connection.
pub(crate) async fn http1(server: &TestServer, head: &str) -> String {
    let mut stream = connect(server, "127.0.0.1").await;
    let message = ListCustomersRequest::default().encode_to_vec();
    assert!(message.is_empty());
    let head = head.replace('\n', "\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&[0; 5]).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}
