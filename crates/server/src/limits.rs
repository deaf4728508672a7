//! Every bound of the gRPC surface, each with its unit and reason. What callers see of them is
//! said in the comments of the contract, and a test holds the two together.

use std::time::Duration;

pub(crate) use seatkeeper_proto::limits::{
    CATALOG_ITEMS_MAX, CHANGE_PRODUCTS_MAX, COMBINED_SELECTIONS_MAX, DISABLED_PLANS_MAX,
    IMPORTED_USERS_MAX, LISTED_PRODUCTS_MAX, LISTED_USERS_MAX, PRODUCT_PLANS_MAX,
    RELEASE_USERS_MAX, REQUEST_BYTES_MAX,
};

/// Calls under way at once, at work or waiting, unless configured otherwise: many times what a database
/// carries out side by side, and few enough that the last of them does not wait for long.
pub(crate) const CONCURRENT_CALLS_MAX: usize = 1_000;

/// Calls a second that one caller may make, unless configured otherwise: more than a server of a few
/// cores answers, as callers may share an address.
pub(crate) const CALLS_PER_SECOND_PER_CALLER_MAX: u32 = 10_000;

/// How long a single call may take, unless configured otherwise: far longer than any does.
pub(crate) const UNARY_CALL_MAX: Duration = Duration::from_mins(1);

/// Connections open at once, unless configured otherwise, where there are descriptors for so many.
pub(crate) const CONNECTIONS_MAX: usize = 10_000;

/// How long a connection may have no call before it is closed, unless configured otherwise: longer than
/// the pauses of clients that poll.
pub(crate) const CONNECTION_IDLE: Duration = Duration::from_mins(5);

/// How long a connection takes calls, unless configured otherwise: callers find servers that were added
/// behind their name within this time.
pub(crate) const CONNECTION_AGE: Duration = Duration::from_hours(1);

/// How long a connection without calls may stay open after its caller was asked to close it.
pub(crate) const CONNECTION_CLOSING_GRACE: Duration = Duration::from_secs(10);

/// The most bytes of a header of the PROXY protocol: its addresses take at most 232, the rest are what
/// proxies add.
pub(crate) const PROXY_HEADER_BYTES_MAX: usize = 4 * 1024;

/// Health and reflection calls under way at once, unless configured otherwise: every connection of many
/// callers may watch the health.
pub(crate) const CONCURRENT_PROBES_MAX: usize = 1_000;

/// How long a health or reflection call may take until its response begins: none does any work.
pub(crate) const PROBE_RESPONSE_MAX: Duration = Duration::from_secs(10);

/// How long one call may watch the health: clients watch again after any end.
pub(crate) const HEALTH_WATCH_MAX: Duration = Duration::from_hours(1);

/// How long a reflection call may be silent between two requests: tools send them at once.
pub(crate) const REFLECTION_IDLE: Duration = Duration::from_secs(30);

/// The most bytes of one request message that can hold a list of users, unless configured otherwise: a
/// list of 100,000 users fits, whatever their names. Other messages have at most
/// [`REQUEST_BYTES_MAX`].
pub const MESSAGE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Memory of request messages in flight, unless configured otherwise, in bytes: a dozen of the largest
/// lists of users, each of which is gone after a second.
pub(crate) const REQUEST_BYTES_IN_FLIGHT_MAX: usize = 256 * 1024 * 1024;

/// Memory of a request message below which it is not counted, in bytes: the limit of calls bounds
/// these, and counting would cost every small call a lock.
pub(crate) const REQUEST_BYTES_UNCOUNTED: usize = 4 * 1024;

/// The bytes of a message that are counted first when only its length is known; then twice as many, and
/// so on: a caller that announces a message and sends none of it holds little.
pub(crate) const REQUEST_BYTES_FIRST_STAGE: usize = 64 * 1024;

/// The most bytes of a message that is decompressed and counted on a worker thread of the runtime; what
/// is larger goes to the blocking pool. That many bytes take less than a millisecond.
pub(crate) const INLINE_BYTES_MAX: usize = 64 * 1024;

/// The most names of a list that are validated on a worker thread of the runtime: less than a
/// millisecond.
pub(crate) const INLINE_NAMES_MAX: usize = 1_000;

/// The most items of an import's message that are validated on a worker thread of the runtime: less
/// than a millisecond.
pub(crate) const INLINE_ITEMS_MAX: usize = 100;

/// The most bytes of a request of the health or the reflection service: a name.
pub(crate) const PROBE_REQUEST_BYTES_MAX: usize = 16 * 1024;

/// The most bytes that a zstd frame may need to look back, as a power of two: what decoders are asked to
/// support at least (RFC 8878), and what one decompression allocates.
pub(crate) const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// The most bytes of items in a response message, after which a page or a message of a stream ends:
/// clients take 4 MiB by default.
pub(crate) const RESPONSE_MESSAGE_BYTES_MAX: usize = 3 * 1024 * 1024;

/// The most bytes that a status takes in the headers, its message and its details together: clients
/// take header lists of 8 KiB by default.
pub(crate) const STATUS_BYTES_MAX: usize = 4 * 1024;

/// The most bytes of one text in the details of a status.
pub(crate) const STATUS_TEXT_BYTES_MAX: usize = 256;

/// The most bytes of the message of a status, as the header encodes it.
pub(crate) const STATUS_MESSAGE_BYTES_MAX: usize = 640;

/// Result streams open at once, unless configured otherwise. Each holds a chunk or two.
pub const OPEN_STREAMS_MAX: usize = 2_000;

/// Bytes of answers that callers have not read yet, unless configured otherwise: thousands of answers
/// of ordinary size, and little beside the memory of a small server.
pub(crate) const RESPONSE_BYTES_MAX: usize = 256 * 1024 * 1024;

/// Bytes of answers of health and reflection that callers have not read yet: what reflection has to say
/// for a hundred callers at once.
pub(crate) const PROBE_BYTES_MAX: usize = 32 * 1024 * 1024;

/// How many of them may be for one caller.
pub(crate) const PROBE_BYTES_PER_CALLER_MAX: usize = PROBE_BYTES_MAX / 2;

/// The most bytes of an answer that the transport is given at once: what it holds of an answer whose
/// peer does not read. An answer of one part is sent together with its status.
pub(crate) const RESPONSE_PART_BYTES: usize = 32 * 1024;

/// How long a peer may take nothing of an answer, unless configured otherwise, before its stream is
/// reset.
pub(crate) const UNREAD_RESPONSE_MAX: Duration = Duration::from_mins(1);

/// How often in that time each connection is checked for it: a stream is reset at most this part of
/// it too late.
pub(crate) const UNREAD_CHECKS_PER_TIMEOUT: u32 = 4;

/// How long a caller may take to send a message that the server waits for, unless configured
/// otherwise: the largest message over a slow line takes as long.
pub(crate) const REQUEST_IDLE_MAX: Duration = Duration::from_mins(1);

/// Items of a page when the caller does not say.
pub(crate) const PAGE_SIZE_DEFAULT: i32 = 100;

/// The most items of a page: what a person or a cache takes in at once.
pub(crate) const PAGE_SIZE_MAX: i32 = 1_000;

/// The most characters of a page token: a user's name of 256 characters in folded form, twice over.
pub(crate) const PAGE_TOKEN_LENGTH_MAX: usize = 4_096;

/// Results of a page, or of a message, when the caller does not say: where larger messages no
/// longer carry more results a second.
pub(crate) const RESULTS_DEFAULT: i32 = 500;

/// The most results of a page, or of a message: one chunk.
pub(crate) const RESULTS_MAX: i32 = 5_000;

/// The most licenses, or resources, in one part of a journal entry: a part is a message of a stream.
pub(crate) const JOURNAL_PART_ITEMS: usize = 5_000;

/// Licenses and resources of one page of journal entries, after which the page ends: it stays within
/// what clients take as one message by default, 4 MiB.
pub(crate) const JOURNAL_PAGE_ITEMS: usize = 5_000;

/// The most characters of a name or another text of a resource.
pub(crate) const TEXT_LENGTH_MAX: usize = 256;

/// The shortest time that a saved selection may live after its last use.
pub(crate) const SELECTION_IDLE_MIN: Duration = Duration::from_mins(1);

/// The longest time that a saved selection may live after its last use: what is kept for longer is
/// better kept as a filter.
pub(crate) const SELECTION_IDLE_MAX: Duration = Duration::from_hours(30 * 24);

/// The fewest selections that can be combined.
pub(crate) const COMBINED_SELECTIONS_MIN: usize = 2;

/// The most bytes of the name of a user who was not imported, in the response: twice a valid one.
pub(crate) const FAILED_NAME_BYTES_MAX: usize = 300;

/// The most failures or warnings that the answer to an import tells one by one.
pub(crate) const REPORTED_MAX: usize = 1_000;

/// The most seats of one purchase: sums over a thousand of them stay far from overflow.
pub(crate) const PURCHASED_SEATS_MAX: i64 = 1_000_000_000;

/// Field errors that one status tells; it travels in headers, which are small.
pub(crate) const FIELD_ERRORS_REPORTED_MAX: usize = 20;

/// Streams that one connection may have open at once.
pub(crate) const CONNECTION_STREAMS_MAX: u32 = 1_000;

/// Descriptors kept for what is not a connection of a caller: the database, the log, the listener.
pub(crate) const DESCRIPTORS_RESERVED: usize = 200;

/// How long to wait before accepting again when the system could not.
pub(crate) const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How long a new connection may take to send its preface, the header of the PROXY protocol included.
pub(crate) const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How often it is logged that connections are refused, at most.
pub(crate) const REFUSALS_LOGGED_INTERVAL: Duration = Duration::from_secs(10);

/// How often idle callers are evicted from the rate limiter.
pub(crate) const RATE_LIMIT_EVICTION_INTERVAL: Duration = Duration::from_secs(10);

/// How often an HTTP/2 connection with nothing to say is asked whether it is still there.
pub(crate) const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(5);

/// How long it may take to answer that before the connection is closed: whoever vanishes gives back
/// what it holds ten seconds later.
pub(crate) const KEEPALIVE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long connections may take to close once everything that was under way has ended.
pub(crate) const CLOSING_GRACE: Duration = Duration::from_secs(2);

/// How often the health service asks the database.
pub(crate) const PING_INTERVAL: Duration = Duration::from_secs(1);

/// How long the database may take to answer that before it counts as unavailable.
pub(crate) const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// What callers are told to wait before they try an unavailable server again.
pub(crate) const RETRY_UNAVAILABLE: Duration = Duration::from_secs(1);

/// The least that callers are told to wait before they try again when too many calls are under way.
pub(crate) const RETRY_OVERLOADED_MIN: Duration = Duration::from_millis(100);

/// The most that they are told to wait then.
pub(crate) const RETRY_OVERLOADED_MAX: Duration = Duration::from_secs(5);

/// How long callers wait before they try again when too many bytes of requests are in flight: most
/// messages are handled within it.
pub(crate) const RETRY_REQUEST_BYTES: Duration = Duration::from_secs(1);

/// What callers are told to wait before they try again after running into a quota.
pub(crate) const RETRY_QUOTA: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests;
