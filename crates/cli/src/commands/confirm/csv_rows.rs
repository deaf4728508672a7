use seatkeeper_proto::v1::{LicenseResult, UserResult};

use crate::client::ProductIndex;
use crate::commands::batch_view::{outcome_name, violation_name};
use crate::csv::{Cell, CsvWriter};
use crate::identifier;

/// The columns. Programs read them: new columns are added at the end; none is renamed or reordered.
const COLUMNS: [&str; 10] = [
    "sequence_number",
    "request_index",
    "user",
    "product",
    "part_number",
    "outcome",
    "violations",
    "reasons",
    "warnings",
    "licenses",
];

/// Separates several values of one cell.
const BETWEEN: &str = "; ";

/// Results as comma-separated values, one row per product of each user.
pub(super) struct CsvRows<'a> {
    products: &'a ProductIndex,
    writer: CsvWriter,
}

impl<'a> CsvRows<'a> {
    /// Writes the header.
    pub(super) fn new(products: &'a ProductIndex) -> Self {
        let mut rows = Self {
            products,
            writer: CsvWriter::new(),
        };
        rows.writer.write(&COLUMNS.map(Cell::from));
        rows
    }

    pub(super) fn add(&mut self, result: &UserResult) {
        for one in &result.license_results {
            let row = self.row(result, one);
            self.writer.write(&row);
        }
    }

    /// Returns the bytes added since the last call.
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.writer.take()
    }

    fn row(&self, result: &UserResult, one: &LicenseResult) -> [Cell; 10] {
        let index = result.request_index;
        let violations = one.violations.iter();
        let held = result.licenses.iter();
        [
            Cell::Number(result.sequence_number),
            index.map_or_else(|| Cell::from(""), Cell::Number),
            identifier::last(&result.user).into(),
            identifier::last(&one.product).into(),
            self.products.part_number(&one.product).into(),
            outcome_name(one.outcome()).into(),
            joined(
                violations
                    .clone()
                    .map(|found| violation_name(found.r#type())),
            ),
            joined(violations.map(|found| found.description.as_str())),
            joined(one.warnings.iter().map(|found| found.description.as_str())),
            joined(held.map(|license| identifier::last(&license.product))),
        ]
    }
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> Cell {
    parts.collect::<Vec<_>>().join(BETWEEN).into()
}

#[cfg(test)]
mod tests {
    use seatkeeper_proto::v1::{License, Outcome, Violation, ViolationType};

    use super::*;

    #[test]
    fn a_failed_product_is_a_row_with_its_reasons_and_what_is_held() {
        let products = ProductIndex::default();
        let mut rows = CsvRows::new(&products);
        let violation = Violation {
            r#type: ViolationType::SeatsExhausted.into(),
            description: "no seat, alas".to_owned(),
            ..Violation::default()
        };
        let license = |product: &str| License {
            product: identifier::product(product),
            ..License::default()
        };
        rows.add(&UserResult {
            sequence_number: 3,
            user: "customers/c/users/ann".to_owned(),
            request_index: Some(0),
            license_results: vec![LicenseResult {
                product: "products/p1".to_owned(),
                outcome: Outcome::Failed.into(),
                violations: vec![violation.clone(), violation],
                ..LicenseResult::default()
            }],
            licenses: vec![license("p2"), license("p3")],
        });
        let text = String::from_utf8(rows.take()).unwrap();
        let expected = "sequence_number,request_index,user,product,part_number,outcome,violations,\
                        reasons,warnings,licenses\n\
                        3,0,ann,p1,,failed,SEATS_EXHAUSTED; SEATS_EXHAUSTED,\
                        \"no seat, alas; no seat, alas\",,p2; p3\n";
        assert_eq!(text, expected);
        assert!(rows.take().is_empty());
    }
}
