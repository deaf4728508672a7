//! Seatkeeper as its callers see it: a real server process on `SQLite` and on `PostgreSQL`, called
//! over gRPC, by the command line, and from another language.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod assigned_users;
mod assignment;
mod bad_change;
mod bad_message;
mod bad_name;
mod bad_page;
mod bad_selection;
mod binding;
mod buy_more_uri;
mod cancel;
mod catalog_import;
mod catalog_upload;
mod command_line;
mod confirmation;
mod crash;
mod demo;
mod drain;
mod dry_run;
mod eligibility;
mod entitlement;
mod fairness;
mod follow;
mod grpc_web;
mod hang_up;
mod health;
mod license_list;
mod license_summary;
mod mode;
mod product;
mod python;
mod reflection;
mod request_id;
mod saved_selection;
mod service_plan;
mod shortage;
mod single_user;
mod slow_reader;
mod stream;
mod streamed_users;
mod swap;
mod undelivered;
mod user_list;
mod violation;
mod waitlist;
