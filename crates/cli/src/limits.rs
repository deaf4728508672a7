//! Every bound of the command line, each with its unit and reason.

/// The most bytes of one line of a list of users: an identifier has 64 characters, with room for
/// white space. A longer line is another kind of file.
pub(crate) const LIST_LINE_BYTES_MAX: usize = 4 * 1024;

/// The most lines of a list of users that name one: twice as many as a batch has users, as some
/// may be named twice. The list is held in memory.
pub(crate) const LISTED_USERS_MAX: usize = 2_000_000;

/// The most bytes of one record of a CSV file, over all of its lines. Records are held in memory
/// one at a time.
pub(crate) const RECORD_BYTES_MAX: usize = 1024 * 1024;

/// The most bytes of one field of a CSV file: no text of the contract has more than 256 characters.
pub(crate) const FIELD_BYTES_MAX: usize = 64 * 1024;
