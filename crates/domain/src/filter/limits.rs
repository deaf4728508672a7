/// Maximum length of a filter, in characters: more than a person or a web page normally writes.
pub const FILTER_LENGTH_MAX: usize = 4096;

/// Maximum number of comparisons in one filter: each becomes a condition of one SQL statement.
pub const FILTER_TERMS_MAX: usize = 64;

/// Maximum nesting of parentheses: it bounds the recursion of the parser and the depth of the SQL.
pub const FILTER_DEPTH_MAX: usize = 16;
