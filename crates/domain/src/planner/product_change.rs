use crate::{
    Assignment, Change, CompiledCatalog, HeldLicense, Holding, PlanKey, PlanPolicy, PlanSet,
    ProductKey, UserRevert,
};

/// The enabled plans of each license of a user, ascending by product.
pub(super) type EnabledPlans = Vec<(ProductKey, PlanSet)>;

pub(super) fn enabled_plans(catalog: &CompiledCatalog, holding: &Holding) -> EnabledPlans {
    holding
        .licenses
        .iter()
        .map(|license| {
            let plans = catalog.user_plans(license.product);
            (license.product, plans.difference(&license.disabled_plans))
        })
        .collect()
}

/// One product of a change, applied to one user.
pub(super) struct ProductChange<'a> {
    pub(super) product: ProductKey,
    /// The disabled plans of the current license; `None` if the user does not hold the product.
    pub(super) before: Option<&'a PlanSet>,
    /// The disabled plans after the change; `None` if the change revokes the product.
    pub(super) after: Option<PlanSet>,
    /// The plans enabled through the product after the change.
    pub(super) enabled: PlanSet,
    /// The plans enabled through the product only after the change.
    pub(super) gained: PlanSet,
    /// The plans that the change disables.
    pub(super) lost: PlanSet,
    /// Disabled plans that carry over, although the change does not list them.
    pub(super) left_off: Vec<PlanKey>,
    /// Whether another change has modified the license since the decision to revert.
    pub(super) changed_since: bool,
    /// Whether the license to restore is of a product that the catalog has retired. Only a revert
    /// can have such a product: any other change that assigns one is rejected as a whole.
    pub(super) retired: bool,
}

impl ProductChange<'_> {
    /// Whether the change modifies this product of the user.
    pub(super) fn is_effective(&self) -> bool {
        self.before != self.after.as_ref()
    }

    /// Whether the change newly assigns the product.
    pub(super) const fn is_assignment(&self) -> bool {
        self.before.is_none() && self.after.is_some()
    }
}

/// The product changes of a change for a user with this holding, in the change's order.
pub(super) fn product_changes<'a>(
    catalog: &CompiledCatalog,
    change: &Change,
    holding: &'a Holding,
) -> Vec<ProductChange<'a>> {
    let assigned = change
        .assign
        .iter()
        .map(|assignment| assignment_change(catalog, change, assignment, holding));
    let revoked = change
        .revoke
        .iter()
        .map(|&product| product_change(catalog, product, disabled_plans(holding, product), None));
    assigned.chain(revoked).collect()
}

/// The product changes of a revert for a user with this holding, in the revert's order.
pub(super) fn revert_changes<'a>(
    catalog: &CompiledCatalog,
    revert: &UserRevert,
    holding: &'a Holding,
) -> Vec<ProductChange<'a>> {
    let licenses = revert.products.iter();
    licenses
        .map(|license_revert| {
            let product = license_revert.product;
            let plans = catalog.user_plans(product);
            let after = license_revert.before.as_ref();
            let after = after.map(|disabled| disabled.intersection(plans));
            let retired = catalog
                .product(product)
                .is_none_or(|product| product.retired);
            ProductChange {
                retired,
                changed_since: license_revert.changed_since,
                ..product_change(catalog, product, disabled_plans(holding, product), after)
            }
        })
        .collect()
}

fn assignment_change<'a>(
    catalog: &CompiledCatalog,
    change: &Change,
    assignment: &Assignment,
    holding: &'a Holding,
) -> ProductChange<'a> {
    let product = assignment.product;
    let before = disabled_plans(holding, product);
    let named = assignment
        .disabled_plans
        .intersection(catalog.user_plans(product));
    match (assignment.plan_policy, before) {
        (PlanPolicy::Replace, _) => product_change(catalog, product, before, Some(named)),
        (PlanPolicy::Keep, Some(kept)) => {
            product_change(catalog, product, before, Some(kept.clone()))
        }
        (PlanPolicy::Keep, None) => {
            let left_off = carried_over(catalog, change, product, holding).difference(&named);
            let mut after = named;
            after.union_with(&left_off);
            ProductChange {
                left_off: left_off.iter().collect(),
                ..product_change(catalog, product, before, Some(after))
            }
        }
    }
}

fn product_change<'a>(
    catalog: &CompiledCatalog,
    product: ProductKey,
    before: Option<&'a PlanSet>,
    after: Option<PlanSet>,
) -> ProductChange<'a> {
    let plans = catalog.user_plans(product);
    let enabled_before = before.map(|disabled| plans.difference(disabled));
    let enabled_before = enabled_before.unwrap_or_default();
    let enabled = after.as_ref().map(|disabled| plans.difference(disabled));
    let enabled = enabled.unwrap_or_default();
    ProductChange {
        product,
        before,
        gained: enabled.difference(&enabled_before),
        lost: enabled_before.difference(&enabled),
        after,
        enabled,
        left_off: Vec::new(),
        changed_since: false,
        retired: false,
    }
}

/// Plans of `product` that are disabled in some license the change revokes, and enabled in none.
fn carried_over(
    catalog: &CompiledCatalog,
    change: &Change,
    product: ProductKey,
    holding: &Holding,
) -> PlanSet {
    let mut off = PlanSet::new();
    let mut on = PlanSet::new();
    for &revoked in &change.revoke {
        if let Some(disabled) = disabled_plans(holding, revoked) {
            let plans = catalog.user_plans(revoked);
            off.union_with(&plans.intersection(disabled));
            on.union_with(&plans.difference(disabled));
        }
    }
    off.difference(&on)
        .intersection(catalog.user_plans(product))
}

fn disabled_plans(holding: &Holding, product: ProductKey) -> Option<&PlanSet> {
    holding
        .licenses
        .binary_search_by_key(&product, |license: &HeldLicense| license.product)
        .ok()
        .map(|index| &holding.licenses[index].disabled_plans)
}
