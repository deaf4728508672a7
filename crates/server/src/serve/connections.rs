use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::{Stream, StreamExt as _, stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep};
use tonic::transport::server::{Connected, TcpConnectInfo, TcpIncoming};

use crate::limits::{
    ACCEPT_PAUSE, GREETING_PATIENCE, KEEPALIVE_INTERVAL, REFUSALS_LOGGED_INTERVAL,
};

/// The bytes that every protocol spoken here begins with at least: the preface of HTTP/2 has as
/// many, and a request of HTTP/1 has more.
const GREETING_BYTES: usize = 24;

/// The connections to `listener`, of which at most `max` are open at once: more are closed as soon
/// as they are there, so that those who call find another server instead of waiting.
pub(super) fn connections(
    listener: TcpListener,
    max: usize,
) -> impl Stream<Item = io::Result<Connection>> {
    let incoming = TcpIncoming::from(listener)
        .with_nodelay(Some(true))
        .with_keepalive(Some(KEEPALIVE_INTERVAL));
    let door = Door {
        incoming,
        slots: Arc::new(Semaphore::new(max)),
        max,
        logged: None,
    };
    stream::unfold(door, |mut door| async move {
        let connection = door.next().await?;
        Some((Ok(connection), door))
    })
}

struct Door {
    incoming: TcpIncoming,
    slots: Arc<Semaphore>,
    max: usize,
    /// When it was last told that connections are refused.
    logged: Option<Instant>,
}

impl Door {
    async fn next(&mut self) -> Option<Connection> {
        loop {
            match self.incoming.next().await? {
                Ok(stream) => match Arc::clone(&self.slots).try_acquire_owned() {
                    Ok(slot) => return Some(Connection::new(stream, slot)),
                    Err(_) => self.log_refusal(),
                },
                // Whoever was to be accepted has gone, or the system has no descriptors or memory
                // left. It says so again and again, as long as that lasts.
                Err(error) => {
                    tracing::warn!(error = &error as &dyn std::error::Error, "can't accept");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }

    fn log_refusal(&mut self) {
        let told = self.logged.map(|logged| logged.elapsed());
        if told.is_none_or(|ago| ago >= REFUSALS_LOGGED_INTERVAL) {
            self.logged = Some(Instant::now());
            tracing::warn!(
                connections_max = self.max,
                "refusing connections: as many are open as may be"
            );
        }
    }
}

/// A connection, one of those that may be open.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    greeting: Option<Greeting>,
    _slot: OwnedSemaphorePermit,
}

/// What is still to come before a connection counts as one that somebody uses.
#[derive(Debug)]
struct Greeting {
    received: usize,
    end: Pin<Box<Sleep>>,
}

impl Connection {
    fn new(stream: TcpStream, slot: OwnedSemaphorePermit) -> Self {
        Self {
            stream,
            greeting: Some(Greeting {
                received: 0,
                end: Box::pin(sleep(GREETING_PATIENCE)),
            }),
            _slot: slot,
        }
    }
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let before = buffer.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(context, buffer);
        if let Some(greeting) = &mut this.greeting {
            greeting.received += buffer.filled().len() - before;
            if greeting.received >= GREETING_BYTES {
                this.greeting = None;
            } else if read.is_pending() {
                ready!(greeting.end.as_mut().poll(context));
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
        }
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// What the door of a server with so many connections lets in, and where it is.
    async fn door(
        max: usize,
    ) -> (
        impl Stream<Item = io::Result<Connection>>,
        std::net::SocketAddr,
    ) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        (connections(listener, max), address)
    }

    #[tokio::test]
    async fn a_connection_too_many_is_closed_and_the_next_after_one_has_gone_is_let_in() {
        let (connections, address) = door(1).await;
        let mut connections = std::pin::pin!(connections);
        let _first = TcpStream::connect(address).await.unwrap();
        let first = connections.next().await.unwrap().unwrap();
        let mut second = TcpStream::connect(address).await.unwrap();
        let closed = async { second.read(&mut [0]).await.unwrap_or(0) };
        tokio::select! {
            read = closed => assert_eq!(read, 0),
            _ = connections.next() => panic!("one connection too many was let in"),
        }
        drop(first);
        let _third = TcpStream::connect(address).await.unwrap();
        connections.next().await.unwrap().unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_is_given_up() {
        let (connections, address) = door(1).await;
        let _silent = TcpStream::connect(address).await.unwrap();
        let mut connection = std::pin::pin!(connections).next().await.unwrap().unwrap();
        tokio::time::pause();
        let error = connection.read(&mut [0]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn a_connection_that_has_said_hello_may_be_silent() {
        let (connections, address) = door(1).await;
        let mut caller = TcpStream::connect(address).await.unwrap();
        let mut connection = std::pin::pin!(connections).next().await.unwrap().unwrap();
        caller.write_all(&[0; GREETING_BYTES]).await.unwrap();
        connection
            .read_exact(&mut [0; GREETING_BYTES])
            .await
            .unwrap();
        tokio::time::pause();
        let mut byte = [0];
        let read = tokio::time::timeout(Duration::from_hours(1), connection.read(&mut byte));
        assert!(read.await.is_err());
    }
}
