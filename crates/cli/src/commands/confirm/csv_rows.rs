use seatkeeper_proto::v1::{LicenseResult, UserResult};

use crate::client::ProductBook;
use crate::commands::batch_view::{outcome_name, violation_name};
use crate::identifier;

/// The columns. Programs read them: they are added to at the end, never renamed or reordered.
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

/// Between values of one cell.
const BETWEEN: &str = "; ";

/// Results as comma-separated values, a row for each product of each user.
pub(super) struct CsvRows<'a> {
    products: &'a ProductBook,
    writer: csv::Writer<Vec<u8>>,
}

impl<'a> CsvRows<'a> {
    /// Begins with the header.
    pub(super) fn new(products: &'a ProductBook) -> Self {
        let mut rows = Self {
            products,
            writer: csv::Writer::from_writer(Vec::new()),
        };
        rows.write(COLUMNS.map(str::to_owned));
        rows
    }

    pub(super) fn add(&mut self, result: &UserResult) {
        for one in &result.license_results {
            let row = self.row(result, one);
            self.write(row);
        }
    }

    /// What was added since the last time.
    pub(super) fn take(&mut self) -> Vec<u8> {
        let full = std::mem::replace(&mut self.writer, csv::Writer::from_writer(Vec::new()));
        full.into_inner().expect("a vector grows as needed")
    }

    fn row(&self, result: &UserResult, one: &LicenseResult) -> [String; 10] {
        let index = result.request_index;
        let violations = one.violations.iter();
        let held = result.licenses.iter();
        [
            result.sequence_number.to_string(),
            index.map(|index| index.to_string()).unwrap_or_default(),
            identifier::last(&result.user).to_owned(),
            identifier::last(&one.product).to_owned(),
            self.products.part_number(&one.product).to_owned(),
            outcome_name(one.outcome()).to_owned(),
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

    fn write(&mut self, row: [String; 10]) {
        self.writer
            .write_record(row)
            .expect("a vector grows as needed, and all rows are equally long");
    }
}

fn joined<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    parts.collect::<Vec<_>>().join(BETWEEN)
}

#[cfg(test)]
mod tests {
    use seatkeeper_proto::v1::{License, Outcome, Violation, ViolationType};

    use super::*;

    #[test]
    fn a_failed_product_is_a_row_with_its_reasons_and_what_is_held() {
        let products = ProductBook::default();
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
