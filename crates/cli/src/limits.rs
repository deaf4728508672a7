//! Limits of the command line, each with its unit and reason.

/// Maximum bytes of one line in a list of users: an identifier has at most 64 characters, and some
/// room is left for white space. A longer line indicates another kind of file.
pub(crate) const LIST_LINE_BYTES_MAX: usize = 4 * 1024;

/// Maximum number of users in a list: twice the maximum of a batch, because users may be listed
/// twice. The list is held in memory.
pub(crate) const LISTED_USERS_MAX: usize = 2_000_000;

/// Maximum bytes of one CSV record, over all of its lines. One record at a time is held in memory.
pub(crate) const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// Maximum bytes of one CSV field: no text of the contract has more than 256 characters.
pub(crate) const FIELD_BYTES_MAX: usize = 64 * 1024;
