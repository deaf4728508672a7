use std::fmt;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// The unit that a bar counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BarKind {
    Users,
    Bytes,
}

/// A progress bar on the standard error; hidden if that is not a terminal.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new(kind: BarKind, total: u64) -> Self {
        let bar = ProgressBar::new(total);
        let template = match kind {
            BarKind::Users => {
                "{bar:40.cyan} {human_pos}/{human_len} users · {rate}/s · {eta} left {msg}"
            }
            BarKind::Bytes => "{bar:40.cyan} {bytes}/{total_bytes} · {eta} left {msg}",
        };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.with_key("rate", write_rate));
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self(bar)
    }

    pub(crate) fn set_total(&self, total: u64) {
        self.0.set_length(total);
    }

    pub(crate) fn set_position(&self, position: u64) {
        self.0.set_position(position);
    }

    pub(crate) fn set_message(&self, message: String) {
        self.0.set_message(message);
    }

    /// Hides the bar while `write` writes to the terminal.
    pub(crate) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

/// The rate as a whole number per second.
fn write_rate(state: &ProgressState, text: &mut dyn fmt::Write) {
    // If a bar can't be written, it is not drawn.
    let _ = write!(text, "{:.0}", state.per_sec());
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
