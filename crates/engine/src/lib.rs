//! The use cases of Seatkeeper.
