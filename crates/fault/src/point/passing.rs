use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::sys::signal::{Signal, raise};

use super::Point;

/// What is to happen where.
struct Orders {
    trap: Option<Trap>,
    trace: Option<File>,
}

struct Trap {
    point: Point,
    /// Passages left until it springs.
    passages: AtomicU64,
    fate: Fate,
}

#[derive(Clone, Copy)]
enum Fate {
    Abort,
    Stop,
}

/// Passes a point: notes it, and does what the environment orders for it.
pub fn pass(point: Point) {
    static ORDERS: OnceLock<Orders> = OnceLock::new();
    let orders = ORDERS.get_or_init(Orders::from_environment);
    if let Some(mut trace) = orders.trace.as_ref() {
        // One write a line: several threads and processes may share the file.
        let line = format!("{}\n", point.name());
        trace
            .write_all(line.as_bytes())
            .expect("the trace can be written");
    }
    if let Some(trap) = orders.trap.as_ref().filter(|trap| trap.point == point) {
        trap.spring();
    }
}

impl Orders {
    fn from_environment() -> Self {
        let trace = std::env::var_os("SEATKEEPER_FAILPOINT_TRACE").map(|path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.expect("the trace can be opened")
        });
        let trap = std::env::var("SEATKEEPER_FAILPOINT").ok().map(|order| {
            let trap = Trap::parse(&order);
            trap.unwrap_or_else(|| panic!("SEATKEEPER_FAILPOINT is no POINT:N:FATE: {order}"))
        });
        Self { trap, trace }
    }
}

impl Trap {
    fn parse(order: &str) -> Option<Self> {
        let mut parts = order.split(':');
        let point = Point::by_name(parts.next()?)?;
        let passages = parts
            .next()?
            .parse()
            .ok()
            .filter(|&passages| passages > 0)?;
        let fate = match parts.next()? {
            "abort" => Fate::Abort,
            "stop" => Fate::Stop,
            _ => return None,
        };
        Some(Self {
            point,
            passages: AtomicU64::new(passages),
            fate,
        })
    }

    fn spring(&self) {
        let take = |left: u64| left.checked_sub(1);
        if self
            .passages
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            != Ok(1)
        {
            return;
        }
        match self.fate {
            Fate::Abort => std::process::abort(),
            // Sent to this very thread, which goes no step further. A signal to the process may be
            // taken by another thread, and this one would run on until that has a processor.
            Fate::Stop => raise(Signal::SIGSTOP).expect("the process can stop itself"),
        }
    }
}
