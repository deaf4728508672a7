use std::collections::VecDeque;

use seatkeeper_domain::{CustomerId, CustomerKey, JournalSequence};
use tokio::time::{Instant, timeout};

use super::ReadEntry;
use super::notifier::JournalSubscription;
use super::read::{start_position, within};
use crate::engine::Core;
use crate::{Engine, EngineError, EngineResult};

/// The most entries that one query returns.
const ENTRIES_READ_MAX: usize = 64;

/// An event of a journal stream.
#[derive(Debug, Clone)]
pub enum JournalEvent {
    /// The stream has started; always the first event.
    Started,
    /// The next entry.
    Entry(Box<ReadEntry>),
    /// No new entry was appended for `journal_idle_interval`.
    Idle,
}

/// A customer's journal from any position, then live, at the reader's pace. It holds the entries of
/// one query in memory, however far behind the reader is.
pub struct JournalStream {
    engine: Engine,
    id: CustomerId,
    customer: CustomerKey,
    subscription: JournalSubscription,
    ready: VecDeque<ReadEntry>,
    after: JournalSequence,
    newest: JournalSequence,
    start_sent: bool,
    last_sent: Instant,
}

impl Engine {
    /// Watches a customer's journal from after the entry `after`; zero for all that are still
    /// stored.
    ///
    /// # Errors
    /// [`EngineError::JournalPositionUnknown`] when the position is after the newest entry, or the
    /// entries after it were removed.
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
            subscription: self.core.journal_notifier.subscribe(key),
            ready: VecDeque::new(),
            after: start_position(span, after)?,
            newest: span.last,
            start_sent: false,
            last_sent: Instant::now(),
        })
    }
}

impl JournalStream {
    /// The last returned entry; the stream can be resumed after it.
    #[must_use]
    pub fn resume_point(&self) -> JournalSequence {
        self.after
    }

    /// The newest entry at the last poll.
    #[must_use]
    pub fn newest(&self) -> JournalSequence {
        self.newest
    }

    /// Waits for the next event.
    ///
    /// # Errors
    /// [`EngineError::Draining`] when the server shuts down, [`EngineError::NotFound`] when the
    /// customer was deleted, [`EngineError::JournalPositionUnknown`] when a slow reader's next
    /// entries were removed.
    pub async fn next(&mut self) -> EngineResult<JournalEvent> {
        let event = self.find_next().await?;
        self.last_sent = Instant::now();
        Ok(event)
    }

    async fn find_next(&mut self) -> EngineResult<JournalEvent> {
        if !self.start_sent {
            self.start_sent = true;
            return Ok(JournalEvent::Started);
        }
        loop {
            if self.engine.core.tasks.is_stopping() {
                return Err(EngineError::Draining);
            }
            if let Some(read) = self.ready.pop_front() {
                self.after = read.entry.sequence;
                return Ok(JournalEvent::Entry(Box::new(read)));
            }
            self.subscription.mark_seen();
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

    /// Waits for new entries or the next poll; returns true when an idle event is due.
    async fn waited(&mut self) -> bool {
        let Core { limits, tasks, .. } = &*self.engine.core;
        let quiet = self.last_sent.elapsed();
        let idle_timeout = limits.journal_idle_interval.saturating_sub(quiet);
        if idle_timeout.is_zero() {
            return true;
        }
        tokio::select! {
            _ = timeout(limits.follow_interval.min(idle_timeout), self.subscription.changed()) => {}
            () = tasks.stopping() => {}
        }
        false
    }
}
