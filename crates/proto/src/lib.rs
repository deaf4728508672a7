//! The generated contract of Seatkeeper: messages, services and the descriptor set.
//!
//! The protos under `proto/seatkeeper/v1` are the reference; everything in [`v1`] is made from
//! them. Only what every speaker of the contract needs besides is written here.

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

/// The descriptors of the contract and of all it imports, comments included: an encoded
/// `google.protobuf.FileDescriptorSet`, as server reflection wants it.
pub const FILE_DESCRIPTOR_SET: &[u8] = tonic::include_file_descriptor_set!("seatkeeper.v1");
