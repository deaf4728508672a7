//! Real parts that the tests of Seatkeeper start: private PostgreSQL clusters.
