use std::fmt;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

/// What a bar counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BarKind {
    Users,
    Bytes,
}

/// A progress bar on the standard error; hidden where that is no terminal.
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

    /// Takes the bar off the screen while `write` writes beside it.
    pub(crate) fn beside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.0.suspend(write)
    }
}

/// How many are done a second, as a whole number.
fn write_rate(state: &ProgressState, text: &mut dyn fmt::Write) {
    // A bar that can't be written is not drawn.
    let _ = write!(text, "{:.0}", state.per_sec());
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
