use seatkeeper_domain::{CompiledCatalog, Entitlement, Product, ProductId, ProductKey};

use crate::{EngineResult, Invalid};

/// A page of products in a request.
#[derive(Debug, Clone)]
pub struct ProductPage {
    /// These products, in this order; if empty, all products that the customer is entitled to,
    /// ordered by identifier.
    pub products: Vec<ProductId>,
    /// Only products after this one.
    pub after: Option<ProductId>,
    /// The most products to return.
    pub limit: usize,
}

/// The products of one page, and whether more follow.
#[derive(Debug)]
pub(super) struct Paged<'a> {
    pub(super) products: Vec<&'a Product>,
    pub(super) more: bool,
}

impl ProductPage {
    /// Whether the products are those that the customer is entitled to.
    pub(super) fn is_of_entitled(&self) -> bool {
        self.products.is_empty()
    }

    /// Looks up the products of the page in the catalog. A repeated product counts once.
    pub(super) fn cut<'a>(
        &self,
        catalog: &'a CompiledCatalog,
        entitlements: &[Entitlement],
        is_meant: impl Fn(&Product) -> bool,
    ) -> EngineResult<Paged<'a>> {
        let mut products = if self.is_of_entitled() {
            let mut entitled = entitled(catalog, entitlements);
            entitled.retain(|product| is_meant(product));
            entitled
        } else {
            self.named(catalog)?
        };
        if let Some(after) = &self.after {
            let next = if self.is_of_entitled() {
                products.partition_point(|product| product.id <= *after)
            } else {
                let index = products.iter().position(|product| product.id == *after);
                index.map_or(products.len(), |index| index + 1)
            };
            products.drain(..next);
        }
        let more = products.len() > self.limit;
        products.truncate(self.limit);
        Ok(Paged { products, more })
    }

    fn named<'a>(&self, catalog: &'a CompiledCatalog) -> EngineResult<Vec<&'a Product>> {
        let mut products: Vec<&Product> = Vec::with_capacity(self.products.len());
        for (index, id) in self.products.iter().enumerate() {
            let product = catalog
                .product_by_id(id)
                .ok_or_else(|| Invalid::unknown_product(&format!("products[{index}]"), id))?;
            if !products.iter().any(|named| named.key == product.key) {
                products.push(product);
            }
        }
        Ok(products)
    }
}

impl Paged<'_> {
    pub(super) fn keys(&self) -> Vec<ProductKey> {
        self.products.iter().map(|product| product.key).collect()
    }

    /// The `after` of the next page; `None` on the last page.
    pub(super) fn next(&self) -> Option<ProductId> {
        let last = self.products.last().filter(|_| self.more);
        last.map(|product| product.id.clone())
    }
}

fn entitled<'a>(catalog: &'a CompiledCatalog, entitlements: &[Entitlement]) -> Vec<&'a Product> {
    let products = entitlements.iter();
    let mut products: Vec<_> = products
        .filter_map(|entitlement| catalog.product(entitlement.product))
        .collect();
    products.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    products
}
