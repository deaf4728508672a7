//! Seams for tests: *points* at which the program can be made to die or to stop, and *bugs* that
//! are planted to see that the tests find them.
//!
//! A call site is one short line, [`pass`] or [`planted`]. Without the features `failpoints` and
//! `planted-bugs`, and in every program built for release, both are empty functions: nothing of
//! them is left in the program. With them, environment variables say what happens:
//!
//! | variable | meaning |
//! |---|---|
//! | `SEATKEEPER_FAILPOINT` | `POINT:N:abort` ends the process the Nth time it passes the point, as a crash would; `POINT:N:stop` stops it there, until it gets SIGCONT |
//! | `SEATKEEPER_FAILPOINT_TRACE` | a file that gets the name of each point passed, a line each |
//! | `SEATKEEPER_PLANTED_BUG` | the name of a [`Bug`] |

mod bug;
mod point;

pub use bug::{Bug, planted};
#[cfg(all(feature = "planted-bugs", debug_assertions))]
pub use bug::{plant, plant_here};
pub use point::{Point, pass};

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
