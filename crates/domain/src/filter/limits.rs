/// Longest filter, in characters: what a person or a page builds, with room to spare.
pub const FILTER_LENGTH_MAX: usize = 4096;

/// Most comparisons in one filter: each becomes a condition of one SQL statement.
pub const FILTER_TERMS_MAX: usize = 64;

/// Deepest nesting of parentheses: bounds the recursion of parser and SQL alike.
pub const FILTER_DEPTH_MAX: usize = 16;
