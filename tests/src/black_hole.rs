use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const BUFFER_BYTES: usize = 64 * 1024;

/// A way to a server on which everything may get lost from some moment on: neither side is told,
/// as when a cable is pulled or a machine loses its power.
#[derive(Debug)]
pub struct BlackHole {
    url: String,
    swallows: Arc<AtomicBool>,
}

impl BlackHole {
    /// A way to the server at a URL.
    ///
    /// # Panics
    /// When there is no port to be had.
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

    /// Where to call.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// From now on nothing gets through, and nothing is closed.
    pub fn swallow(&self) {
        self.swallows.store(true, Ordering::Relaxed);
    }
}

/// Carries bytes until either side closes, or until they get lost: then both stay open for good.
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
