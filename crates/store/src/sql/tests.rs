//! What the conformance suite can't see: schemas, locks on files, hang-ups, query plans.

mod agreement;
mod cancelled;
mod fixture;
mod holders;
mod news;
mod opening;
mod page_plans;
mod plans;
mod schema;
