//! Failpoints for tests: named points where the program can be aborted or stopped.
//!
//! A call site is one short line, [`fail_point`]. Without the feature `failpoints`, and in every
//! release build, it is an empty function and leaves no code in the program. With the feature,
//! environment variables configure it:
//!
//! | variable | meaning |
//! |---|---|
//! | `SEATKEEPER_FAILPOINT` | `POINT:N:abort` aborts the process the Nth time it reaches the point, like a crash; `POINT:N:stop` stops it there until it gets SIGCONT |
//! | `SEATKEEPER_FAILPOINT_TRACE` | a file that gets the name of each point reached, one per line |

#[cfg(all(feature = "failpoints", debug_assertions))]
mod active;
mod point;

#[cfg(all(feature = "failpoints", debug_assertions))]
pub use active::fail_point;
pub use point::Point;

/// A failpoint: does nothing in a program without the feature.
#[cfg(not(all(feature = "failpoints", debug_assertions)))]
#[inline]
pub const fn fail_point(_: Point) {}
