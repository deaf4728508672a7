//! For tests: *failpoints* at which the program can be made to die or to stop, and *mutants*, bugs that
//! are enabled to see that the tests find them.
//!
//! A call site is one short line, [`fail_point`] or [`mutant_enabled`]. Without the features `failpoints` and
//! `mutants`, and in every program built for release, both are empty functions: nothing of
//! them is left in the program. With them, environment variables say what happens:
//!
//! | variable | meaning |
//! |---|---|
//! | `SEATKEEPER_FAILPOINT` | `POINT:N:abort` ends the process the Nth time it passes the point, as a crash would; `POINT:N:stop` stops it there, until it gets SIGCONT |
//! | `SEATKEEPER_FAILPOINT_TRACE` | a file that gets the name of each point passed, a line each |
//! | `SEATKEEPER_MUTANT` | the name of a [`Mutant`] |

mod mutant;
mod point;

pub use mutant::{Mutant, mutant_enabled};
#[cfg(all(feature = "mutants", debug_assertions))]
pub use mutant::{enable_mutant, enable_mutant_on_thread};
pub use point::{Point, fail_point};

/// An enumeration whose members have names for people and environment variables.
macro_rules! named {
    (
        $(#[$doc:meta])* $type:ident {
            $($(#[$member_doc:meta])* $member:ident = $name:literal,)+
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $type {
            $($(#[$member_doc])* $member,)+
        }

        impl $type {
            /// Every one there is.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// Its name in environment variables.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$member => $name,)+
                }
            }

            /// The one with this name.
            #[must_use]
            pub fn by_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}
pub(crate) use named;
