use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const BUFFER_BYTES: usize = 64 * 1024;

/// A proxy to a server that can drop all traffic without notifying either end, as when a cable is
/// unplugged or a machine loses power.
#[derive(Debug)]
pub struct BlackHole {
    url: String,
    swallows: Arc<AtomicBool>,
}

impl BlackHole {
    /// A proxy to the server at a URL.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn before(url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = format!("http://{}", listener.local_addr().unwrap());
        let server = url.trim_start_matches("http://").to_owned();
        let swallows = Arc::<AtomicBool>::default();
        let swallowing = Arc::clone(&swallows);
        tokio::spawn(async move {
            while let Ok((caller, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(&server).await else {
                    continue;
                };
                let (from_caller, to_caller) = caller.into_split();
                let (from_server, to_server) = server.into_split();
                tokio::spawn(carry(from_caller, to_server, Arc::clone(&swallowing)));
                tokio::spawn(carry(from_server, to_caller, Arc::clone(&swallowing)));
            }
        });
        Self { url: own, swallows }
    }

    /// The URL that clients connect to.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Drops all traffic from now on, and closes no connection.
    pub fn swallow(&self) {
        self.swallows.store(true, Ordering::Relaxed);
    }
}

/// Copies bytes until either end closes. When traffic is dropped, both ends stay open for good.
async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    swallows: Arc<AtomicBool>,
) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if swallows.load(Ordering::Relaxed) {
            std::future::pending::<()>().await;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            break;
        }
    }
}
