use std::fmt::Write as _;
use std::time::{Duration, Instant};

use seatkeeper_proto::BatchResults;
use seatkeeper_proto::v1::batch_event::Event;
use seatkeeper_proto::v1::{Batch, BatchFinished, BatchProgress, BatchStarted, BatchSummary};
use tonic::Status;

use super::json_event::{finished_json, result_json, started_json};
use super::result_line::describe;
use super::sample::{Picker, Show};
use super::summary::{exit_of, print_failures_hint, print_summary};
use crate::client::{BatchStream, Incoming, ProductIndex};
use crate::output::{Bar, BarKind, Output, count, eprint_line, number_of};
use crate::{CliError, Exit, identifier};

/// How a batch is shown, and what was shown so far.
pub(in crate::commands) struct View {
    products: ProductIndex,
    picker: Picker,
    bar: Option<Bar>,
    began: Instant,
    /// Results received on this stream.
    seen_count: u64,
    failed_count: u64,
    /// Whether the first event was shown. A resumed stream sends it again.
    started: bool,
}

/// Shows a batch to its end.
pub(in crate::commands) async fn watch(
    stream: &mut BatchStream,
    mut view: View,
    out: &mut Output,
) -> Result<Exit, CliError> {
    loop {
        match stream.next().await? {
            Incoming::End => return Err(CliError::Incomplete("finished")),
            Incoming::Interrupted { status, delay } => view.interrupted(&status, delay),
            Incoming::Event(event) => match event.event {
                Some(Event::Started(started)) => view.started(&started, out),
                Some(Event::Results(results)) => view.results(&results, out),
                Some(Event::Progress(progress)) => view.progress(&progress),
                Some(Event::Finished(finished)) => return view.finished(&finished, out),
                None => {}
            },
        }
    }
}

impl View {
    pub(in crate::commands) fn new(products: ProductIndex, show: Show) -> Self {
        Self {
            products,
            picker: Picker::new(show),
            bar: None,
            began: Instant::now(),
            seen_count: 0,
            failed_count: 0,
            started: false,
        }
    }

    fn started(&mut self, started: &BatchStarted, out: &mut Output) {
        if std::mem::replace(&mut self.started, true) {
            return;
        }
        if out.is_json() {
            out.object(&started_json(started));
        } else {
            print_started(started, out);
        }
        out.flush();
        let total = started.user_count.try_into().unwrap_or_default();
        self.bar = Some(Bar::new(BarKind::Users, total));
    }

    fn results(&mut self, results: &BatchResults, out: &mut Output) {
        for result in &results.results {
            let failed = super::result_line::symbol(result) == crate::output::ResultSymbol::Failed;
            self.failed_count += u64::from(failed);
            if !self.picker.picks(result) {
                continue;
            }
            if out.is_json() {
                out.object(&result_json(result));
                continue;
            }
            let line = describe(result, &self.products);
            match &self.bar {
                Some(bar) => bar.beside(|| {
                    out.print(line);
                    out.flush();
                }),
                None => out.print(line),
            }
        }
        out.flush();
        self.seen_count += results.results.len() as u64;
        if let Some(bar) = &self.bar {
            bar.set_position(self.seen_count);
            if self.failed_count > 0 {
                bar.set_message(format!("· {} failed", self.failed_count));
            }
        }
    }

    fn progress(&self, progress: &BatchProgress) {
        if let Some(bar) = &self.bar {
            bar.set_total(progress.user_count.try_into().unwrap_or_default());
        }
    }

    fn interrupted(&self, status: &Status, delay: Duration) {
        let print = || {
            eprint_line(format_args!(
                "connection lost ({}); retry in {} ms",
                status.message(),
                delay.as_millis()
            ));
        };
        match &self.bar {
            Some(bar) => bar.beside(print),
            None => print(),
        }
    }

    fn finished(mut self, finished: &BatchFinished, out: &mut Output) -> Result<Exit, CliError> {
        drop(self.bar.take());
        let batch = finished.batch.as_ref();
        let batch = batch.ok_or(CliError::Incomplete("finished.batch"))?;
        let summary = finished.summary.as_ref().or(batch.summary.as_ref());
        let nothing = BatchSummary::default();
        let summary = summary.unwrap_or(&nothing);
        if out.is_json() {
            out.object(&finished_json(finished));
        } else {
            self.print_finished(batch, summary, out);
        }
        Ok(exit_of(batch, summary))
    }

    fn print_finished(&self, batch: &Batch, summary: &BatchSummary, out: &mut Output) {
        out.print(format_args!(
            "\n{} in {:.1} s",
            number_of(self.seen_count.try_into().unwrap_or(i64::MAX), "result"),
            self.began.elapsed().as_secs_f64()
        ));
        print_summary(batch, summary, &self.products, out);
        print_failures_hint(batch, self.picker.left_out, out);
    }
}

fn print_started(started: &BatchStarted, out: &mut Output) {
    let batch = started.batch.as_ref();
    let name = batch.map_or("", |batch| identifier::last(&batch.name));
    let mut line = if name.is_empty() {
        "dry run".to_owned()
    } else if started.joined {
        format!("existing batch {name}")
    } else {
        format!("batch {name}")
    };
    // While users are still streamed, the count so far would mislead.
    if started.user_count > 0 && !batch.is_some_and(|batch| batch.streamed) {
        let _infallible = write!(line, ", {}", number_of(started.user_count, "user"));
    }
    if started.duplicate_count > 0 {
        let _infallible = write!(
            line,
            " ({} were listed more than once)",
            count(started.duplicate_count)
        );
    }
    out.print(line);
}
