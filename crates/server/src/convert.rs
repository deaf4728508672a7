//! Conversions between the proto messages and the domain, one noun per file.
//!
//! Parsing returns a [`FieldError`](crate::error::FieldError) with the path of the field; encoding
//! can't fail.

pub(crate) mod batch;
pub(crate) mod catalog;
pub(crate) mod catalog_draft;
pub(crate) mod catalog_warning;
pub(crate) mod change;
pub(crate) mod chunk;
pub(crate) mod customer;
pub(crate) mod dry_run;
pub(crate) mod eligibility;
pub(crate) mod entitlement;
pub(crate) mod etag;
pub(crate) mod event;
pub(crate) mod journal;
pub(crate) mod license;
pub(crate) mod license_summary;
pub(crate) mod mask;
pub(crate) mod names;
pub(crate) mod page;
pub(crate) mod page_bytes;
pub(crate) mod policy;
pub(crate) mod product;
pub(crate) mod query;
pub(crate) mod result;
pub(crate) mod rule;
pub(crate) mod selection;
pub(crate) mod selector;
pub(crate) mod service_plan;
pub(crate) mod summary;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod user;
pub(crate) mod violation;
pub(crate) mod waitlist;
pub(crate) mod warning;
