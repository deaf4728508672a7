//! For tests: *failpoints*, where the program can be aborted or stopped, and *mutants*, bugs
//! that can be enabled to show that the tests detect them.
//!
//! A call site is one short line, [`fail_point`] or [`mutant_enabled`]. Without the features
//! `failpoints` and `mutants`, and in every release build, both are empty functions and leave no
//! code in the program. With the features, environment variables configure them:
//!
//! | variable | meaning |
//! |---|---|
//! | `SEATKEEPER_FAILPOINT` | `POINT:N:abort` aborts the process the Nth time it reaches the point, like a crash; `POINT:N:stop` stops it there until it gets SIGCONT |
//! | `SEATKEEPER_FAILPOINT_TRACE` | a file that gets the name of each point reached, one per line |
//! | `SEATKEEPER_MUTANT` | the name of a [`Mutant`] |

mod mutant;
mod point;

pub use mutant::{Mutant, mutant_enabled};
#[cfg(all(feature = "mutants", debug_assertions))]
pub use mutant::{enable_mutant, enable_mutant_on_thread};
pub use point::{Point, fail_point};

/// Declares an enumeration whose members have names for people and for environment variables.
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
            /// All members.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The name in environment variables.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$member => $name,)+
                }
            }

            /// The member with this name.
            #[must_use]
            pub fn by_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.name() == name)
            }
        }
    };
}
pub(crate) use named;
