//! What the conformance suite can't see: schemas, locks on files, hang-ups, query plans, costs.

mod agreement;
mod backups;
mod cancelled;
mod costs;
mod ended;
mod explain;
mod files;
mod fixture;
mod health;
mod interrupted;
mod lanes;
mod news;
mod opening;
mod page_plans;
mod plans;
mod schema;
mod silent;
mod warnings;
