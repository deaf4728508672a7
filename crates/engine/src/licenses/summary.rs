use std::sync::Arc;

use seatkeeper_domain::{
    CompiledCatalog, CustomerId, PlanKey, Product, ProductId, ProductKey, Timestamp, UserSet,
};
use seatkeeper_store::LicenseCounts;

use super::products::ProductPage;
use crate::{Engine, EngineResult, Selector};

/// A request for a summary of the licenses of a set of users.
#[derive(Debug, Clone)]
pub struct SummarizeLicenses {
    /// The customer.
    pub customer: CustomerId,
    /// The users.
    pub selector: Selector,
    /// The products.
    pub page: ProductPage,
}

/// The licenses of a set of users, for a page of products.
#[derive(Debug, Clone)]
pub struct LicenseSummaries {
    /// One summary for each product.
    pub summaries: Vec<LicenseSummary>,
    /// The `after` of the next page; `None` on the last page.
    pub next: Option<ProductId>,
    /// Distinct users of the directory in the set.
    pub users: i64,
    /// Distinct users in the request that the directory does not have.
    pub unknown: i64,
    /// The catalog that defines the keys of the summaries.
    pub catalog: Arc<CompiledCatalog>,
}

/// The licenses of a set of users for one product, and the customer's seats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseSummary {
    /// The product.
    pub product: ProductKey,
    /// Number of users in the set who hold it.
    pub holders: i64,
    /// Purchased seats in any state.
    pub purchased: i64,
    /// Seats held by users of the customer.
    pub assigned: i64,
    /// Seats that can be assigned now; may be negative.
    pub available: i64,
    /// The URI where more seats can be bought; only when none is available.
    pub buy_more_uri: Option<String>,
    /// Seats missing to assign the product to all users of the set.
    pub short: i64,
    /// For each of the product's plans, in the product's order, the number of users in the set who
    /// have it enabled through the product.
    pub plans: Vec<(PlanKey, i64)>,
}

impl Engine {
    /// Summarizes the licenses of a set of users for each product. Holders and seats are read at
    /// one moment.
    pub async fn summarize_licenses(
        &self,
        question: SummarizeLicenses,
    ) -> EngineResult<LicenseSummaries> {
        let customer = self.find_customer(&question.customer).await?.key;
        let catalog = self.catalog().await?;
        let store = &self.core.store;
        let entitlements = if question.page.is_of_entitled() {
            store.entitlements(customer, None).await?
        } else {
            Vec::new()
        };
        let paged = question.page.cut(&catalog, &entitlements, |_| true)?;
        // For `All` no set is needed: every holder is a user of the customer.
        let resolved = if question.selector == Selector::All {
            None
        } else {
            let resolved =
                self.resolve_selection(&question.customer, "selection", question.selector);
            Some(resolved.await?)
        };
        let users = resolved.as_ref().map(|resolved| &resolved.users);
        let counts = store.count_licenses(customer, &paged.keys(), users).await?;
        let user_count = users.map_or(counts.customer_users, UserSet::len);
        let now = self.core.clock.now();
        let summaries = paged.products.iter().map(|product| {
            let mut summary = summary(product, &counts, user_count, now);
            summary.buy_more_uri =
                self.buy_more_uri(&question.customer, product, summary.available);
            summary
        });
        Ok(LicenseSummaries {
            summaries: summaries.collect(),
            next: paged.next(),
            users: user_count,
            unknown: resolved.as_ref().map_or(0, |resolved| resolved.unknown),
            catalog: Arc::clone(&catalog),
        })
    }
}

fn summary(
    product: &Product,
    counts: &LicenseCounts,
    users: i64,
    now: Timestamp,
) -> LicenseSummary {
    let entitlements = &counts.entitlements;
    let entitlement = entitlements
        .iter()
        .find(|entitlement| entitlement.product == product.key);
    let found = counts
        .holders
        .iter()
        .find(|count| count.product == product.key);
    let holders = found.map_or(0, |found| found.users);
    let off = |plan: PlanKey| {
        let plans_off = found.map_or(&[][..], |found| &found.plans_off);
        plans_off
            .iter()
            .find(|(off, _)| *off == plan)
            .map_or(0, |(_, users)| *users)
    };
    let available = entitlement.map_or(0, |entitlement| entitlement.pool_at(now, 0).available);
    LicenseSummary {
        product: product.key,
        holders,
        purchased: entitlement.map_or(0, |entitlement| {
            let purchases = entitlement.purchases.iter();
            purchases.map(|purchase| purchase.seats).sum()
        }),
        assigned: entitlement.map_or(0, |entitlement| entitlement.assigned),
        available,
        buy_more_uri: None,
        short: (users - holders - available.max(0)).max(0),
        plans: product
            .service_plans
            .iter()
            .map(|&plan| (plan, holders - off(plan)))
            .collect(),
    }
}
