use std::collections::VecDeque;

use seatkeeper_domain::{CustomerId, CustomerKey, JournalSequence};
use tokio::time::{Instant, timeout};

use super::ReadEntry;
use super::bells::Bell;
use super::read::{place_in, within};
use crate::{Engine, EngineError, EngineResult};

/// Entries that are read at once where they are small.
const ENTRIES_READ_MAX: usize = 64;

/// One thing that whoever watches a journal is told.
#[derive(Debug, Clone)]
pub enum JournalEvent {
    /// That the journal is watched: always the first.
    Started,
    /// The next entry.
    Entry(Box<ReadEntry>),
    /// That nothing has happened for a while.
    Idle,
}

/// A customer's journal from any point on, and then live, at the reader's pace. It holds what one
/// read gave, however far behind the reader is.
pub struct JournalStream {
    engine: Engine,
    id: CustomerId,
    customer: CustomerKey,
    bell: Bell,
    ready: VecDeque<ReadEntry>,
    after: JournalSequence,
    newest: JournalSequence,
    told_start: bool,
    last_told: Instant,
}

impl Engine {
    /// Watches a customer's journal from after the entry `after`; zero for all that is left of it.
    ///
    /// # Errors
    /// [`EngineError::JournalPlaceUnknown`] when the journal does not reach so far, or does not go
    /// back so far any more.
    pub async fn watch_journal(
        &self,
        customer: &CustomerId,
        after: JournalSequence,
    ) -> EngineResult<JournalStream> {
        let key = self.find_customer(customer).await?.key;
        let span = self.journal_span(customer, key).await?;
        Ok(JournalStream {
            engine: self.clone(),
            id: customer.clone(),
            customer: key,
            bell: self.shared.bells.listen(key),
            ready: VecDeque::new(),
            after: place_in(span, after)?,
            newest: span.last,
            told_start: false,
            last_told: Instant::now(),
        })
    }
}

impl JournalStream {
    /// The entry told last: where to resume.
    #[must_use]
    pub fn resume_point(&self) -> JournalSequence {
        self.after
    }

    /// The newest entry there was when somebody last looked.
    #[must_use]
    pub fn newest(&self) -> JournalSequence {
        self.newest
    }

    /// The next event, when there is one.
    ///
    /// # Errors
    /// [`EngineError::Draining`] when the server shuts down, [`EngineError::NotFound`] when the
    /// customer was deleted, [`EngineError::JournalPlaceUnknown`] when the reader was so slow that
    /// what comes next was removed.
    pub async fn next(&mut self) -> EngineResult<JournalEvent> {
        let event = self.find_next().await?;
        self.last_told = Instant::now();
        Ok(event)
    }

    async fn find_next(&mut self) -> EngineResult<JournalEvent> {
        if !self.told_start {
            self.told_start = true;
            return Ok(JournalEvent::Started);
        }
        let stop = self.engine.shared.batches.stop.clone();
        loop {
            if stop.is_cancelled() {
                return Err(EngineError::Draining);
            }
            if let Some(read) = self.ready.pop_front() {
                self.after = read.entry.sequence;
                return Ok(JournalEvent::Entry(Box::new(read)));
            }
            self.bell.heard();
            let span = self.engine.journal_span(&self.id, self.customer).await?;
            within(span, self.after)?;
            self.newest = span.last;
            if self.newest > self.after {
                let (id, limit) = (&self.id, ENTRIES_READ_MAX);
                let read = self
                    .engine
                    .read_journal(id, self.customer, self.after, limit);
                self.ready.extend(read.await?);
            } else if self.waited().await {
                return Ok(JournalEvent::Idle);
            }
        }
    }

    /// Waits for news, or until it is time to look again; true when it is time to say something.
    async fn waited(&mut self) -> bool {
        let limits = &self.engine.shared.limits;
        let stop = self.engine.shared.batches.stop.clone();
        let quiet = self.last_told.elapsed();
        let patience = limits.journal_idle_interval.saturating_sub(quiet);
        if patience.is_zero() {
            return true;
        }
        tokio::select! {
            _ = timeout(limits.follow_interval.min(patience), self.bell.next_ring()) => {}
            () = stop.cancelled() => {}
        }
        false
    }
}
