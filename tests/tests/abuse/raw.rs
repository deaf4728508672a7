use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Builder, ResponseFuture, SendRequest};
use h2::{RecvStream, SendStream};
use http::{HeaderMap, Request};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tonic::{Code, Status};

/// The address of the well-behaved client.
pub(crate) const CLIENT: Ipv4Addr = Ipv4Addr::LOCALHOST;
/// The address of an attacker. The server gives it a share of its own.
pub(crate) const ATTACKER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

/// Timeout of one step of the protocol.
const TIMEOUT: Duration = Duration::from_secs(30);

/// An HTTP/2 connection for behavior that no gRPC library allows.
pub(crate) struct Raw {
    requests: SendRequest<Bytes>,
    authority: String,
    connection: JoinHandle<()>,
}

/// A call in progress. Dropping it resets the stream.
pub(crate) struct Call {
    answer: ResponseFuture,
    body: SendStream<Bytes>,
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The headers, including the trailers.
    pub(crate) headers: HeaderMap,
}

/// Opens a TCP connection to a server from a local address.
pub(crate) async fn connect(url: &str, from: Ipv4Addr) -> std::io::Result<TcpStream> {
    let server = url.trim_start_matches("http://").parse::<SocketAddr>();
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(IpAddr::V4(from), 0))?;
    socket.connect(server.unwrap()).await
}

impl Raw {
    /// Connects with windows of the maximum size.
    pub(crate) async fn open(url: &str, from: Ipv4Addr) -> Self {
        Self::open_with_window(url, from, 1 << 30).await
    }

    /// Connects with a window of `bytes`: the server may send that many bytes of each response
    /// before the client reads.
    pub(crate) async fn open_with_window(url: &str, from: Ipv4Addr, bytes: u32) -> Self {
        let opened = Self::try_open_with_window(url, from, bytes).await;
        opened.expect("the server accepts the connection")
    }

    /// Connects with a window to a server that may reject the connection.
    pub(crate) async fn try_open_with_window(
        url: &str,
        from: Ipv4Addr,
        bytes: u32,
    ) -> Result<Self, String> {
        let stream = connect(url, from).await;
        let stream = stream.map_err(|error| error.to_string())?;
        let mut builder = Builder::new();
        builder
            .initial_window_size(bytes)
            .initial_connection_window_size((1 << 31) - 1)
            .max_send_buffer_size(64 * 1024 * 1024)
            .enable_push(false);
        let handshake = timeout(TIMEOUT, builder.handshake(stream)).await;
        let handshake = handshake.map_err(|_| "no handshake".to_owned())?;
        let (requests, connection) = handshake.map_err(|error| error.to_string())?;
        let connection = tokio::spawn(async move {
            let _ended_by_either_side = connection.await;
        });
        Ok(Self {
            requests,
            authority: url.trim_start_matches("http://").to_owned(),
            connection,
        })
    }

    /// Sets the authority of all further calls.
    pub(crate) fn called(mut self, authority: &str) -> Self {
        authority.clone_into(&mut self.authority);
        self
    }

    /// Starts a call; the body follows.
    pub(crate) async fn begin(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Result<Call, h2::Error> {
        let requests = self.requests.clone();
        let ready = timeout(TIMEOUT, requests.ready()).await;
        self.requests = ready.expect("the connection takes another call")?;
        let uri = format!("http://{}{path}", self.authority);
        let mut request = Request::post(uri).header("te", "trailers");
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.header("content-type", "application/grpc");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (answer, body) = self
            .requests
            .send_request(request.body(()).unwrap(), false)?;
        Ok(Call { answer, body })
    }

    /// Starts a call with a complete body, without reading the response.
    pub(crate) async fn call(
        &mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: Bytes,
    ) -> Result<Call, h2::Error> {
        let mut call = self.begin(path, headers).await?;
        call.send(body, true)?;
        Ok(call)
    }

    /// Makes a call and reads the complete response.
    pub(crate) async fn answer(&mut self, path: &str, body: Bytes) -> Result<Answer, h2::Error> {
        self.call(path, &[], body).await?.answer().await
    }

    /// Whether the server has closed the connection.
    pub(crate) fn is_closed(&self) -> bool {
        self.connection.is_finished()
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Call {
    /// Sends more of the body.
    pub(crate) fn send(&mut self, bytes: Bytes, is_end: bool) -> Result<(), h2::Error> {
        self.body.send_data(bytes, is_end)
    }

    /// Waits for the headers of the response, and reads no further.
    pub(crate) async fn unread(self) -> Result<Unread, h2::Error> {
        let answer = timeout(TIMEOUT, self.answer).await;
        let answer = answer.expect("the server responds before the timeout")?;
        let (parts, body) = answer.into_parts();
        Ok(Unread {
            headers: parts.headers,
            body,
            _request: self.body,
        })
    }

    /// Reads the complete response.
    pub(crate) async fn answer(self) -> Result<Answer, h2::Error> {
        self.unread().await?.read().await
    }
}

/// A response whose body is unread.
pub(crate) struct Unread {
    headers: HeaderMap,
    body: RecvStream,
    /// The request. Dropping it would cancel the response.
    _request: SendStream<Bytes>,
}

impl Unread {
    /// The status, if the response is a rejection without a body.
    pub(crate) fn refused(&self) -> Option<Status> {
        Status::from_header_map(&self.headers)
    }

    /// Waits for the first bytes, without reading them.
    ///
    /// # Errors
    /// The status, when the response ends without a body.
    pub(crate) async fn begun(mut self) -> Result<Self, Status> {
        let begun = timeout(TIMEOUT, self.body.data()).await;
        match begun.expect("the response begins before the timeout") {
            Some(Ok(_)) => Ok(self),
            Some(Err(error)) => Err(Status::unknown(error.to_string())),
            None => {
                let trailers = self.body.trailers().await.unwrap_or_default();
                self.headers.extend(trailers.unwrap_or_default());
                let status = Status::from_header_map(&self.headers);
                Err(status.expect("a response that ends has a status"))
            }
        }
    }

    /// Waits until the server resets the response, without reading further.
    pub(crate) async fn reset(mut self) {
        // Bytes that have arrived already do not extend the window.
        while self.body.data().await.is_some_and(|data| data.is_ok()) {}
    }

    /// Reads the response to its end.
    pub(crate) async fn read(mut self) -> Result<Answer, h2::Error> {
        let read = timeout(TIMEOUT, async {
            while let Some(bytes) = self.body.data().await {
                let bytes = bytes?;
                self.body.flow_control().release_capacity(bytes.len())?;
            }
            self.body.trailers().await
        });
        let trailers = read.await.expect("the response ends before the timeout")?;
        let mut headers = std::mem::take(&mut self.headers);
        headers.extend(trailers.unwrap_or_default());
        Ok(Answer { headers })
    }
}

impl Answer {
    /// The gRPC status of the response.
    pub(crate) fn status(&self) -> Status {
        let status = Status::from_header_map(&self.headers);
        status.unwrap_or_else(|| panic!("a response has a status: {self:?}"))
    }

    /// The code of the gRPC status.
    pub(crate) fn code(&self) -> Code {
        self.status().code()
    }
}
