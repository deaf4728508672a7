//! One file per scenario.

pub(crate) mod customers;
pub(crate) mod first_result;
pub(crate) mod followers;
pub(crate) mod held;
pub(crate) mod idle;
pub(crate) mod latency_under_load;
pub(crate) mod list;
pub(crate) mod memory;
pub(crate) mod pages;
pub(crate) mod planner;
pub(crate) mod replay;
pub(crate) mod replicas;
pub(crate) mod size;
pub(crate) mod small;
pub(crate) mod summary;
pub(crate) mod throughput;
pub(crate) mod unary;
