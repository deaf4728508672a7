//! What the conformance suite can't see: schemas, locks on files, hang-ups, query plans, costs.

mod agreement;
mod backups;
mod cancelled;
mod costs;
mod ended;
mod explain;
mod fixture;
mod holders;
mod news;
mod opening;
mod page_plans;
mod plans;
mod schema;
mod silent;
mod warnings;
