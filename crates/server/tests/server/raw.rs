//! A caller that can abort its request: an HTTP/2 client by hand.

use std::net::SocketAddr;

use bytes::{BufMut as _, Bytes, BytesMut};
use h2::client::SendRequest;
use h2::{Reason, SendStream};
use prost::Message;
use tokio::net::TcpStream;

use crate::test_server::TestServer;

/// A request stream that has not ended.
pub(crate) struct Unended {
    messages: SendStream<Bytes>,
    answer: h2::client::ResponseFuture,
}

impl Unended {
    /// Calls a method with the first messages of a stream.
    pub(crate) async fn begin<M: Message>(server: &TestServer, path: &str, messages: &[M]) -> Self {
        let connection = TcpStream::connect(server.address).await.unwrap();
        let (client, connection) = h2::client::handshake(connection).await.unwrap();
        tokio::spawn(connection);
        let mut client = client.ready().await.unwrap();
        let (answer, mut sending) = client
            .send_request(request(server.address, path), false)
            .unwrap();
        for message in messages {
            sending.send_data(framed(message), false).unwrap();
        }
        Self {
            messages: sending,
            answer,
        }
    }

    /// Sends raw bytes.
    pub(crate) fn send(&mut self, bytes: Bytes) {
        self.messages.send_data(bytes, false).unwrap();
    }

    /// Waits for the response headers.
    pub(crate) async fn answered(&mut self) -> http::Response<h2::RecvStream> {
        (&mut self.answer).await.unwrap()
    }

    /// Aborts the request with CANCEL, like a caller that cancels.
    pub(crate) fn cancel(mut self) {
        self.messages.send_reset(Reason::CANCEL);
    }
}

/// A connection with a window of so few bytes for each response that the peer has to release more.
pub(crate) struct Caller {
    client: SendRequest<Bytes>,
    address: SocketAddr,
}

impl Caller {
    pub(crate) async fn connect(server: &TestServer, window: u32) -> Self {
        let connection = TcpStream::connect(server.address).await.unwrap();
        let (client, connection) = h2::client::Builder::new()
            .initial_window_size(window)
            .handshake(connection)
            .await
            .unwrap();
        tokio::spawn(connection);
        Self {
            client,
            address: server.address,
        }
    }

    /// Makes a call and waits for the response headers.
    pub(crate) async fn call(
        &self,
        path: &str,
        message: &impl Message,
    ) -> http::Response<h2::RecvStream> {
        let mut client = self.client.clone().ready().await.unwrap();
        let (answer, mut sending) = client
            .send_request(request(self.address, path), false)
            .unwrap();
        sending.send_data(framed(message), true).unwrap();
        answer.await.unwrap()
    }
}

fn request(address: SocketAddr, path: &str) -> http::Request<()> {
    http::Request::post(format!("http://{address}{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .unwrap()
}

/// A message with its gRPC header.
pub(crate) fn framed(message: &impl Message) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.encoded_len()).unwrap());
    message.encode(&mut frame).unwrap();
    frame.freeze()
}
