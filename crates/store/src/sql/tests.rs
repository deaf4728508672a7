//! Tests of what the conformance suite can't see: schemas, file locks, disconnects, query plans,
//! costs.

mod agreement;
mod auto_rollback;
mod backups;
mod costs;
mod explain;
mod files;
mod fixture;
mod health;
mod idle_session;
mod interrupted;
mod lanes;
mod notifications;
mod opening;
mod page_plans;
mod plans;
mod schema;
mod warnings;
