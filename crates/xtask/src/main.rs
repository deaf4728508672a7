//! Project chores: set-up, tests, checks.
fn main() {}
