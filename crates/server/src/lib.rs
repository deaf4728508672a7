//! The gRPC surface of Seatkeeper.
