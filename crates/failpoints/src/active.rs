use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use nix::sys::signal::{Signal, raise};

use crate::Point;

/// The failpoint to trigger and the trace, as the environment configures them.
struct FailpointConfig {
    failpoint: Option<Failpoint>,
    trace: Option<File>,
}

struct Failpoint {
    point: Point,
    /// Hits left until it triggers.
    hits: AtomicU64,
    action: FailpointAction,
}

#[derive(Clone, Copy)]
enum FailpointAction {
    Abort,
    Stop,
}

/// A failpoint: writes its name to the trace, and triggers its action if the environment configures
/// it.
pub fn fail_point(point: Point) {
    static CONFIG: OnceLock<FailpointConfig> = OnceLock::new();
    let config = CONFIG.get_or_init(FailpointConfig::from_environment);
    if let Some(mut trace) = config.trace.as_ref() {
        // One write per line: several threads and processes may share the file.
        let line = format!("{}\n", point.name());
        trace
            .write_all(line.as_bytes())
            .expect("the trace can be written");
    }
    if let Some(failpoint) = config
        .failpoint
        .as_ref()
        .filter(|failpoint| failpoint.point == point)
    {
        failpoint.trigger();
    }
}

impl FailpointConfig {
    fn from_environment() -> Self {
        let trace = std::env::var_os("SEATKEEPER_FAILPOINT_TRACE").map(|path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            file.expect("the trace can be opened")
        });
        let failpoint = std::env::var("SEATKEEPER_FAILPOINT").ok().map(|spec| {
            let failpoint = Failpoint::parse(&spec);
            failpoint.unwrap_or_else(|| {
                panic!("SEATKEEPER_FAILPOINT must be POINT:N:ACTION, got {spec}")
            })
        });
        Self { failpoint, trace }
    }
}

impl Failpoint {
    fn parse(spec: &str) -> Option<Self> {
        let mut parts = spec.split(':');
        let point = Point::by_name(parts.next()?)?;
        let hits = parts.next()?.parse().ok().filter(|&hits| hits > 0)?;
        let action = match parts.next()? {
            "abort" => FailpointAction::Abort,
            "stop" => FailpointAction::Stop,
            _ => return None,
        };
        Some(Self {
            point,
            hits: AtomicU64::new(hits),
            action,
        })
    }

    fn trigger(&self) {
        let take = |left: u64| left.checked_sub(1);
        if self
            .hits
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            != Ok(1)
        {
            return;
        }
        match self.action {
            FailpointAction::Abort => std::process::abort(),
            // The signal goes to this thread, which then stops at this point. A signal to the
            // process could go to another thread, and this thread would run on for a while.
            FailpointAction::Stop => raise(Signal::SIGSTOP).expect("the process can stop itself"),
        }
    }
}
