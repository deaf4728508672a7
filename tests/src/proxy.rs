use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

const BUFFER_BYTES: usize = 64 * 1024;

/// A proxy to a database. A test may cut it or point it to another server, as a deployment's proxy
/// does.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    way: Arc<Way>,
}

#[derive(Debug, Default)]
struct Way {
    state: Mutex<State>,
    ended: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    /// The socket of the database; without a socket, the proxy closes every new connection.
    socket: Option<PathBuf>,
    /// Both ends of each open connection.
    open: Vec<(TcpStream, UnixStream)>,
}

impl Proxy {
    /// A proxy from a free port of the loopback interface to a socket.
    ///
    /// # Panics
    /// When no port is free.
    pub fn to(socket: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let way = Arc::<Way>::default();
        let proxy = Self {
            address,
            way: Arc::clone(&way),
        };
        proxy.lead_to(socket);
        thread::spawn(move || {
            for caller in listener.incoming() {
                if way.ended.load(Ordering::Relaxed) {
                    return;
                }
                if let Ok(caller) = caller {
                    way.connect(caller);
                }
            }
        });
        proxy
    }

    /// The URL of a database behind the proxy.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@{}/{database}", self.address)
    }

    /// Closes every open connection; new connections still get through.
    pub fn cut(&self) {
        self.way.state.lock().unwrap().cut();
    }

    /// Closes every open connection, and rejects new ones.
    pub fn close(&self) {
        let mut state = self.way.state.lock().unwrap();
        state.socket = None;
        state.cut();
    }

    /// Forwards new connections to this socket from now on.
    pub fn lead_to(&self, socket: &Path) {
        self.way.state.lock().unwrap().socket = Some(socket.to_owned());
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.close();
        self.way.ended.store(true, Ordering::Relaxed);
        // Wakes the thread that waits for the next connection.
        let _ = TcpStream::connect(self.address);
    }
}

impl Way {
    fn connect(&self, caller: TcpStream) {
        let mut state = self.state.lock().unwrap();
        let Some(socket) = &state.socket else {
            return;
        };
        // An unreachable database rejects connections; so does the proxy in front of it.
        let Ok(database) = UnixStream::connect(socket) else {
            return;
        };
        let _ = caller.set_nodelay(true);
        let ends = (caller.try_clone().unwrap(), database.try_clone().unwrap());
        let (questions, answers) = (caller.try_clone().unwrap(), database.try_clone().unwrap());
        thread::spawn(move || carry(questions, database));
        thread::spawn(move || carry(answers, caller));
        state.open.push(ends);
    }
}

impl State {
    fn cut(&mut self) {
        for (caller, database) in self.open.drain(..) {
            let _ = caller.shutdown(Shutdown::Both);
            let _ = database.shutdown(Shutdown::Both);
        }
    }
}

/// One end of a proxied connection.
trait End: Read + Write {
    fn shut(&self);
}

impl End for TcpStream {
    fn shut(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

impl End for UnixStream {
    fn shut(&self) {
        let _ = self.shutdown(Shutdown::Both);
    }
}

/// Copies bytes until either end closes, and then closes both.
fn carry(mut from: impl End, mut to: impl End) {
    let mut buffer = vec![0; BUFFER_BYTES];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    from.shut();
    to.shut();
}
