use std::collections::HashMap;

use seatkeeper_proto::v1::{ListProductsRequest, ListServicePlansRequest, Product, ServicePlan};

use super::Session;
use crate::{CliError, identifier};

const PAGE_SIZE: i32 = 1_000;
const SUGGESTIONS_MAX: usize = 5;

/// The products of the catalog. Finds a product by its identifier or part number, and returns a
/// readable label for a product.
#[derive(Debug, Default)]
pub(crate) struct ProductIndex {
    products: Vec<Product>,
    /// The index into `products`, by resource name.
    indexes: HashMap<String, usize>,
}

/// Service plans of one product or of all, by resource name with a dash for the product.
#[derive(Debug, Default)]
pub(crate) struct PlanIndex {
    pub(crate) plans: Vec<ServicePlan>,
}

impl ProductIndex {
    pub(crate) async fn load(session: &Session) -> Result<Self, CliError> {
        let mut request = ListProductsRequest {
            page_size: PAGE_SIZE,
            show_retired: true,
            ..ListProductsRequest::default()
        };
        let mut products = Vec::new();
        loop {
            let answer = session.catalog().list_products(request.clone()).await?;
            let mut page = answer.into_inner();
            products.append(&mut page.products);
            if page.next_page_token.is_empty() {
                return Ok(Self::of(products));
            }
            request.page_token = page.next_page_token;
        }
    }

    fn of(products: Vec<Product>) -> Self {
        let names = products.iter().enumerate();
        let indexes = names.map(|(at, one)| (one.name.clone(), at)).collect();
        Self { products, indexes }
    }

    pub(crate) fn products(&self) -> &[Product] {
        &self.products
    }

    /// The product with this identifier, or with this part number if no other product shares it.
    pub(crate) fn find(&self, given: &str) -> Result<&Product, CliError> {
        if let Some(product) = self.by_name(&identifier::product(&identifier::normal(given))) {
            return Ok(product);
        }
        let same: Vec<_> = self
            .products
            .iter()
            .filter(|product| product.part_number.eq_ignore_ascii_case(given))
            .collect();
        match same.as_slice() {
            [product] => Ok(product),
            [] => Err(CliError::UnknownProduct {
                given: given.to_owned(),
                candidates: self.resembling(given),
            }),
            several => Err(CliError::AmbiguousProduct {
                given: given.to_owned(),
                candidates: several.iter().copied().map(described).collect(),
            }),
        }
    }

    /// Products whose part number or display name contains a text; the case does not matter.
    pub(crate) fn search(&self, text: &str) -> impl Iterator<Item = &Product> {
        let wanted = text.to_lowercase();
        self.products.iter().filter(move |product| {
            product.part_number.to_lowercase().contains(&wanted)
                || product.display_name.to_lowercase().contains(&wanted)
                || identifier::last(&product.name) == wanted
        })
    }

    /// A product's label: the part number, or the identifier if the part number is empty or shared.
    pub(crate) fn label<'a>(&'a self, name: &'a str) -> &'a str {
        let known = self.by_name(name).filter(|product| {
            let same = |other: &&Product| other.part_number == product.part_number;
            !product.part_number.is_empty() && self.products.iter().filter(same).count() == 1
        });
        known.map_or(identifier::last(name), |product| &product.part_number)
    }

    pub(crate) fn part_number(&self, name: &str) -> &str {
        self.by_name(name)
            .map_or("", |product| product.part_number.as_str())
    }

    pub(crate) fn display_name<'a>(&'a self, name: &'a str) -> &'a str {
        self.by_name(name)
            .map_or("", |product| product.display_name.as_str())
    }

    fn by_name(&self, name: &str) -> Option<&Product> {
        self.indexes.get(name).map(|&index| &self.products[index])
    }

    fn resembling(&self, given: &str) -> Vec<String> {
        self.search(given)
            .take(SUGGESTIONS_MAX)
            .map(described)
            .collect()
    }
}

impl PlanIndex {
    /// The plans of a product; with `-`, every plan of all products once.
    pub(crate) async fn load(session: &Session, product: &str) -> Result<Self, CliError> {
        let mut request = ListServicePlansRequest {
            parent: identifier::product(product),
            page_size: PAGE_SIZE,
            ..ListServicePlansRequest::default()
        };
        let mut plans = Vec::new();
        loop {
            let answer = session
                .catalog()
                .list_service_plans(request.clone())
                .await?;
            let mut page = answer.into_inner();
            plans.append(&mut page.service_plans);
            if page.next_page_token.is_empty() {
                return Ok(Self { plans });
            }
            request.page_token = page.next_page_token;
        }
    }

    /// The plan of `product` with this identifier, or with this part number if it is unambiguous.
    pub(crate) fn find(&self, product: &str, given: &str) -> Result<&ServicePlan, CliError> {
        let id = identifier::normal(given);
        let by_id = self
            .plans
            .iter()
            .find(|plan| identifier::last(&plan.name) == id);
        if let Some(plan) = by_id {
            return Ok(plan);
        }
        let same: Vec<_> = self
            .plans
            .iter()
            .filter(|plan| plan.part_number.eq_ignore_ascii_case(given))
            .collect();
        match same.as_slice() {
            [plan] => Ok(plan),
            [] => Err(CliError::UnknownPlan {
                product: product.to_owned(),
                given: given.to_owned(),
            }),
            several => Err(CliError::AmbiguousPlan {
                product: product.to_owned(),
                given: given.to_owned(),
                candidates: several
                    .iter()
                    .map(|plan| identifier::last(&plan.name).to_owned())
                    .collect(),
            }),
        }
    }

    /// A plan's label, independent of the product in its resource name.
    pub(crate) fn label<'a>(&'a self, name: &'a str) -> &'a str {
        let id = identifier::last(name);
        let known = self
            .plans
            .iter()
            .find(|plan| identifier::last(&plan.name) == id);
        known
            .map(|plan| plan.part_number.as_str())
            .filter(|label| !label.is_empty())
            .unwrap_or(id)
    }
}

fn described(product: &Product) -> String {
    format!(
        "{}  {}  {}",
        identifier::last(&product.name),
        product.part_number,
        product.display_name
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> ProductIndex {
        let product = |id: &str, part_number: &str, display_name: &str| Product {
            name: identifier::product(id),
            part_number: part_number.to_owned(),
            display_name: display_name.to_owned(),
            ..Product::default()
        };
        ProductIndex::of(vec![
            product("p1", "MCOPSTN5", "Calling small"),
            product("p2", "MCOPSTN5", "Calling 120 minutes"),
            product("p3", "SPE_E3", "Microsoft 365 E3"),
        ])
    }

    #[test]
    fn a_part_number_finds_its_product_in_any_case() {
        assert_eq!(index().find("spe_e3").unwrap().name, "products/p3");
    }

    #[test]
    fn a_shared_part_number_is_refused_with_all_who_have_it() {
        let error = index().find("MCOPSTN5").unwrap_err().to_string();
        assert!(error.contains("p1") && error.contains("p2"), "{error}");
    }

    #[test]
    fn an_unknown_product_is_answered_with_those_that_resemble_it() {
        let error = index().find("e3").unwrap_err().to_string();
        assert!(error.contains("SPE_E3"), "{error}");
    }

    #[test]
    fn a_product_with_a_shared_part_number_is_called_by_its_identifier() {
        let index = index();
        assert_eq!(index.label("products/p1"), "p1");
        assert_eq!(index.label("products/p3"), "SPE_E3");
    }
}
