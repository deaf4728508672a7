//! The limits of the gRPC layer, each with its unit and reason. The comments of the proto files
//! state the limits that callers see; a test compares the two.

use std::time::Duration;

pub(crate) use seatkeeper_proto::limits::{
    CATALOG_ITEMS_MAX, CHANGE_PRODUCTS_MAX, COMBINED_SELECTIONS_MAX, DISABLED_PLANS_MAX,
    IMPORTED_USERS_MAX, LISTED_PRODUCTS_MAX, LISTED_USERS_MAX, PRODUCT_PLANS_MAX,
    RELEASE_USERS_MAX, REQUEST_BYTES_MAX,
};

/// Calls under way at the same time, at work or waiting. The default is many times the parallelism
/// of a database, and small enough that the last call does not wait long.
pub(crate) const CONCURRENT_CALLS_MAX: usize = 1_000;

/// The default rate limit of a caller, in calls per second: more than a server of a few cores can
/// answer, because callers may share an address.
pub(crate) const CALLS_PER_SECOND_PER_CALLER_MAX: u32 = 10_000;

/// The default timeout of a call with one request and one response: far longer than any call takes.
pub(crate) const UNARY_CALL_MAX: Duration = Duration::from_mins(1);

/// The default limit of open connections, if the process has enough file descriptors.
pub(crate) const CONNECTIONS_MAX: usize = 10_000;

/// How long a connection may be idle before the server closes it, by default: longer than the
/// pauses of clients that poll.
pub(crate) const CONNECTION_IDLE: Duration = Duration::from_mins(5);

/// The default maximum age of a connection: within this time callers find servers that were added
/// behind the same name.
pub(crate) const CONNECTION_AGE: Duration = Duration::from_hours(1);

/// How long an idle connection may stay open after the server asked the caller to close it.
pub(crate) const CONNECTION_CLOSING_GRACE: Duration = Duration::from_secs(10);

/// The most bytes of a PROXY protocol header: its addresses take at most 232, the rest are
/// extensions of proxies.
pub(crate) const PROXY_HEADER_BYTES_MAX: usize = 4 * 1024;

/// Health and reflection calls under way at the same time, by default: each connection of many
/// callers may watch the health.
pub(crate) const CONCURRENT_PROBES_MAX: usize = 1_000;

/// The timeout until the response to a health or reflection call begins: these calls do no work.
pub(crate) const PROBE_RESPONSE_MAX: Duration = Duration::from_secs(10);

/// How long one call may watch the health: clients watch again after any end.
pub(crate) const HEALTH_WATCH_MAX: Duration = Duration::from_hours(1);

/// The idle timeout between two requests of a reflection call: tools send them without a pause.
pub(crate) const REFLECTION_IDLE: Duration = Duration::from_secs(30);

/// The most bytes of one request message that can hold a list of users, by default. A list of
/// 100,000 users fits, even with the longest names. Other messages have at most
/// [`REQUEST_BYTES_MAX`].
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// The default memory, in bytes, of request messages in flight: a dozen of the largest lists of
/// users; the server needs each for about a second.
pub(crate) const REQUEST_BYTES_IN_FLIGHT_MAX: usize = 256 * 1024 * 1024;

/// The server does not count a request message of at most this memory, in bytes: the limit of calls
/// bounds these, and counting would cost every small call a lock.
pub(crate) const REQUEST_BYTES_UNCOUNTED: usize = 4 * 1024;

/// The bytes that are counted first when only the length of a message is known; the count then
/// doubles in stages. A caller that announces a message and sends no data thus uses little.
pub(crate) const REQUEST_BYTES_FIRST_STAGE: usize = 64 * 1024;

/// The most bytes of a message that a worker thread of the runtime decompresses and counts, which
/// takes less than a millisecond. Larger messages go to the blocking pool.
pub(crate) const INLINE_BYTES_MAX: usize = 64 * 1024;

/// The most names in a list that a worker thread of the runtime validates: less than a millisecond.
pub(crate) const INLINE_NAMES_MAX: usize = 1_000;

/// The most items in an import message that a worker thread of the runtime validates: less than a
/// millisecond.
pub(crate) const INLINE_ITEMS_MAX: usize = 100;

/// The most bytes of a request to the health or reflection service: it holds one name.
pub(crate) const PROBE_REQUEST_BYTES_MAX: usize = 16 * 1024;

/// The largest window of a zstd frame, as a power of two of bytes: the size that every decoder
/// should support (RFC 8878), and the memory of one decompression.
pub(crate) const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// The most bytes of items in a response message; then a page or a message of a stream ends.
/// Clients accept 4 MiB by default.
pub(crate) const RESPONSE_MESSAGE_BYTES_MAX: usize = 3 * 1024 * 1024;

/// The most bytes that a status takes in the headers, its message and details together: clients
/// accept header lists of 8 KiB by default.
pub(crate) const STATUS_BYTES_MAX: usize = 4 * 1024;

/// The most bytes of one text in the details of a status.
pub(crate) const STATUS_TEXT_BYTES_MAX: usize = 256;

/// The most bytes of a status message, in the encoding of the header.
pub(crate) const STATUS_MESSAGE_BYTES_MAX: usize = 640;

/// The default limit of open result streams. Each holds one or two chunks.
pub const OPEN_STREAMS_MAX: usize = 2_000;

/// The default limit of response bytes that callers have not read yet: room for thousands of
/// responses of ordinary size, and a small part of the memory of a small server.
pub(crate) const RESPONSE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// The limit of unread response bytes of health and reflection: full reflection responses for a
/// hundred callers at the same time.
pub(crate) const PROBE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How many of these bytes may be for one caller.
pub(crate) const PROBE_BYTES_PER_CALLER_MAX: usize = PROBE_BYTES_MAX / 2;

/// The most bytes of a response that the transport gets in one part. It buffers at most one part of
/// a response whose peer does not read. A response of one part is sent together with its status.
pub(crate) const RESPONSE_PART_BYTES: usize = 32 * 1024;

/// How long a peer may read nothing of a response, by default, before the server resets its stream.
pub(crate) const UNREAD_RESPONSE_MAX: Duration = Duration::from_mins(1);

/// How often each connection is checked within that time. A stream is reset late by at most one
/// such interval.
pub(crate) const UNREAD_CHECKS_PER_TIMEOUT: u32 = 4;

/// The default timeout for a message that the server waits for: time enough for the largest message
/// over a slow network.
pub(crate) const REQUEST_IDLE_MAX: Duration = Duration::from_mins(1);

/// Items in a page when the request gives no page size.
pub(crate) const PAGE_SIZE_DEFAULT: i32 = 100;

/// The most items in a page: enough for a person to read, or a client to cache, in one call.
pub(crate) const PAGE_SIZE_MAX: i32 = 1_000;

/// The most characters of a page token: room for two case-folded names of 256 characters.
pub(crate) const PAGE_TOKEN_LENGTH_MAX: usize = 4_096;

/// Results in a page, or in a message of a stream, when the request gives no number. Larger
/// messages do not transfer more results per second.
pub(crate) const RESULTS_DEFAULT: i32 = 500;

/// The most results in a page, or in a message of a stream: one chunk.
pub(crate) const RESULTS_MAX: i32 = 5_000;

/// The most licenses, or resources, in one part of a journal entry; each part is a message of a
/// stream.
pub(crate) const JOURNAL_PART_ITEMS: usize = 5_000;

/// Licenses and resources in one page of journal entries; then the page ends. It stays within 4
/// MiB, the largest message that clients accept by default.
pub(crate) const JOURNAL_PAGE_ITEMS: usize = 5_000;

/// The most characters of a name or another text of a resource.
pub(crate) const TEXT_LENGTH_MAX: usize = 256;

/// The shortest idle time-to-live of a saved selection.
pub(crate) const SELECTION_IDLE_MIN: Duration = Duration::from_mins(1);

/// The longest idle time-to-live of a saved selection; for a longer use a filter is better.
pub(crate) const SELECTION_IDLE_MAX: Duration = Duration::from_hours(30 * 24);

/// The fewest selections that can be combined.
pub(crate) const COMBINED_SELECTIONS_MIN: usize = 2;

/// The most bytes of a failed user's name in the response to an import: twice the length of a valid
/// name.
pub(crate) const FAILED_NAME_BYTES_MAX: usize = 300;

/// The most failures or warnings that the response to an import lists.
pub(crate) const REPORTED_MAX: usize = 1_000;

/// The most seats of one purchase: the sum of a thousand purchases stays far from an overflow.
pub(crate) const PURCHASED_SEATS_MAX: i64 = 1_000_000_000;

/// The most field errors in one status; a status travels in headers, which are small.
pub(crate) const FIELD_ERRORS_REPORTED_MAX: usize = 20;

/// The most streams that one connection may have open.
pub(crate) const CONNECTION_STREAMS_MAX: u32 = 1_000;

/// File descriptors reserved for the database, the log and the listener.
pub(crate) const DESCRIPTORS_RESERVED: usize = 200;

/// The pause before the next accept after the system failed to accept a connection.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The timeout for the preface of a new connection, the PROXY protocol header included.
pub(crate) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The shortest interval between two log lines about rejected connections.
pub(crate) const REFUSALS_LOGGED_INTERVAL: Duration = Duration::from_secs(10);

/// How often idle callers are evicted from the rate limiter.
pub(crate) const RATE_LIMIT_EVICTION_INTERVAL: Duration = Duration::from_secs(10);

/// The interval of keepalive pings on an HTTP/2 connection without traffic.
pub(crate) const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// The timeout of a keepalive ping. A caller that vanished frees its connection, calls and streams
/// after ten seconds: the interval plus this timeout.
pub(crate) const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long connections may take to close after all calls have ended.
pub(crate) const CLOSING_GRACE: Duration = Duration::from_secs(2);

/// The interval at which the health service polls the database.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(1);

/// The timeout of that poll; then the database counts as unavailable.
pub(crate) const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// The retry delay that an unavailable server sends to callers.
pub(crate) const RETRY_UNAVAILABLE: Duration = Duration::from_secs(1);

/// The shortest retry delay that the server sends when too many calls are under way.
pub(crate) const RETRY_OVERLOADED_MIN: Duration = Duration::from_millis(100);

/// The longest retry delay in that case.
pub(crate) const RETRY_OVERLOADED_MAX: Duration = Duration::from_secs(5);

/// The retry delay when too many request bytes are in flight: the server handles most messages
/// within this time.
pub(crate) const RETRY_REQUEST_BYTES: Duration = Duration::from_secs(1);

/// The retry delay that the server sends when a quota is used up.
pub(crate) const RETRY_QUOTA: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
