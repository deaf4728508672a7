//! The client side of the contract: the connection, readable product names, and a batch stream that
//! reconnects after a broken connection.

mod batch_source;
mod batch_stream;
mod message_bytes;
mod options;
mod paging;
mod product_index;
mod result_pages;
mod session;

pub(crate) use batch_source::BatchSource;
pub(crate) use batch_stream::{BatchStream, Incoming, is_passing};
pub(crate) use message_bytes::MessageBytes;
pub(crate) use options::ClientOptions;
pub(crate) use paging::{Page, PageChoice};
pub(crate) use product_index::{PlanIndex, ProductIndex};
pub(crate) use result_pages::ResultPages;
pub(crate) use session::Session;
