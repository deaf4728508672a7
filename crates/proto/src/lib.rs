//! The generated contract of Seatkeeper: messages, services and the descriptor set.
//!
//! The protos under `proto/seatkeeper/v1` are the reference; everything in [`v1`] is generated from
//! them. The rest of the crate is what servers and clients share: the bounds of requests, the check
//! of request bytes, error reasons, and the encoding of results.

mod error_reason;
pub mod limits;
mod results;
pub mod wire;

pub use error_reason::ERROR_DOMAIN;
pub use results::{BatchResults, EncodedResults, SharedResult};

/// Version 1 of the contract: `seatkeeper.v1`.
#[expect(
    clippy::pedantic,
    clippy::allow_attributes,
    reason = "generated; the lints are for code that people write"
)]
pub mod v1 {
    tonic::include_proto!("seatkeeper.v1");
}

/// The descriptors of the contract and of all its imports, with comments: an encoded
/// `google.protobuf.FileDescriptorSet`, the format of server reflection.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("seatkeeper.v1");
