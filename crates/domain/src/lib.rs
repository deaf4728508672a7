//! The vocabulary and the rules of Seatkeeper: pure, synchronous, without I/O.
