//! End-to-end tests of Seatkeeper against a real server process.
