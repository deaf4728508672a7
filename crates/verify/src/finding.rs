use std::fmt;

use seatkeeper_domain::CustomerId;

use crate::limits::FINDINGS_PER_CUSTOMER_MAX;

/// A violation of an invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The customer whose row violates the invariant.
    pub customer: CustomerId,
    /// The table of the row.
    pub table: &'static str,
    /// The row's key within the customer, in readable form.
    pub key: String,
    /// What is wrong.
    pub what: String,
}

/// The findings of one customer: the first ones in full, the others only as a number.
#[derive(Debug)]
pub struct Findings {
    customer: CustomerId,
    named: Vec<Finding>,
    unnamed: u64,
}

impl Findings {
    /// No findings yet.
    #[must_use]
    pub fn of(customer: CustomerId) -> Self {
        Self {
            customer,
            named: Vec::new(),
            unnamed: 0,
        }
    }

    /// Adds a finding.
    pub fn add(&mut self, table: &'static str, key: impl fmt::Display, what: impl fmt::Display) {
        if self.named.len() == FINDINGS_PER_CUSTOMER_MAX {
            self.unnamed += 1;
            return;
        }
        self.named.push(Finding {
            customer: self.customer.clone(),
            table,
            key: key.to_string(),
            what: what.to_string(),
        });
    }

    /// Adds a finding unless `found` equals `expected`.
    pub fn expect_equal<T: PartialEq + fmt::Display + Copy>(
        &mut self,
        table: &'static str,
        key: impl fmt::Display,
        what: &str,
        found: T,
        expected: T,
    ) {
        if found != expected {
            self.add(
                table,
                key,
                format_args!("{what} is {found}, not {expected}"),
            );
        }
    }

    /// The findings in full, and the number of further ones.
    #[must_use]
    pub fn into_parts(self) -> (Vec<Finding>, u64) {
        (self.named, self.unnamed)
    }
}
