use seatkeeper_domain::{CustomerName, JournalSequence};
use seatkeeper_engine::{Engine, ListJournal, ReadEntry};
use seatkeeper_proto::v1;

use super::after;
use crate::convert::journal::{EntryEncoder, view};
use crate::convert::names::name;
use crate::convert::page::page_size;
use crate::convert::page_bytes::PageBytes;
use crate::error::{FieldErrors, ServerResult};
use crate::limits::JOURNAL_PAGE_ITEMS;
use crate::page_token::{AfterPart, PageKeys, TokenScope};

/// Lists entries of a journal by page.
pub(super) async fn list(
    engine: &Engine,
    request: &v1::ListJournalEntriesRequest,
) -> ServerResult<v1::ListJournalEntriesResponse> {
    let keys = PageKeys::of(engine, &request.page_token).await?;
    let mut parsed = ParsedRequest::parse(engine, &keys, request)?;
    let mut page = Page {
        encoder: &parsed.encoder,
        limit: parsed.list.limit,
        cursor: parsed.cursor,
        entries: Vec::new(),
        items: 0,
        bytes: PageBytes::default(),
    };
    let more = loop {
        parsed.list.after = JournalSequence(page.cursor.sequence);
        let (read, newest) = engine.list_journal(&parsed.list).await?;
        if read.is_empty() {
            break false;
        }
        if !read.iter().all(|entry| page.take(entry)) {
            break true;
        }
        if page.is_full() {
            break page.cursor.sequence < newest.0;
        }
    };
    let next_page_token = if more {
        parsed.scope.token(&page.cursor)
    } else {
        String::new()
    };
    Ok(v1::ListJournalEntriesResponse {
        journal_entries: page.entries,
        next_page_token,
    })
}

/// A page while entries are added to it.
struct Page<'a> {
    encoder: &'a EntryEncoder,
    limit: usize,
    /// The position after the last entry, or part, on the page.
    cursor: AfterPart,
    entries: Vec<v1::JournalEntry>,
    /// The number of licenses and resources on the page.
    items: usize,
    bytes: PageBytes,
}

impl Page<'_> {
    fn is_full(&self) -> bool {
        self.entries.len() >= self.limit || self.items >= JOURNAL_PAGE_ITEMS
    }

    /// Adds the parts of an entry that earlier pages do not have; false when not all of them fit.
    fn take(&mut self, read: &ReadEntry) -> bool {
        let parts = self.encoder.parts(read);
        let sent = usize::try_from(self.cursor.parts).unwrap_or(0);
        for part in sent..parts.count() {
            if self.is_full() {
                return false;
            }
            let (encoded, items) = self.encoder.part(read, &parts, part);
            if !self.bytes.add(&encoded) {
                return false;
            }
            self.entries.push(encoded);
            self.items += items;
            self.cursor.parts += 1;
        }
        self.cursor = AfterPart {
            sequence: read.entry.sequence.0,
            parts: 0,
        };
        true
    }
}

/// A parsed request.
struct ParsedRequest {
    list: ListJournal,
    encoder: EntryEncoder,
    cursor: AfterPart,
    scope: TokenScope,
}

impl ParsedRequest {
    fn parse(
        engine: &Engine,
        keys: &PageKeys,
        request: &v1::ListJournalEntriesRequest,
    ) -> ServerResult<Self> {
        let mut errors = FieldErrors::default();
        let parent = errors.take(name::<CustomerName>("parent", &request.parent));
        let limit = errors.take(page_size(request.page_size));
        let after = errors.take(after(request.after_sequence_number));
        let view = errors.take(view("view", request.view));
        let (Some(parent), Some(limit), Some(after), Some(view)) = (parent, limit, after, view)
        else {
            return Err(errors.into());
        };
        let parameters = [
            parent.to_string(),
            after.to_string(),
            view.as_str_name().to_owned(),
        ];
        let scope = TokenScope::new(
            keys,
            "ListJournalEntries",
            &[&parameters[0], &parameters[1], &parameters[2]],
        );
        let cursor = scope.cursor(&request.page_token)?;
        let cursor = cursor.unwrap_or(AfterPart {
            sequence: after,
            parts: 0,
        });
        Ok(Self {
            list: ListJournal {
                customer: parent.customer.clone(),
                after: JournalSequence(cursor.sequence),
                limit,
            },
            encoder: EntryEncoder {
                customer: parent.customer,
                view,
                now: engine.now(),
            },
            cursor,
            scope,
        })
    }
}
