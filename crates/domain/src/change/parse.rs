use std::collections::HashMap;

use crate::{
    AppliesTo, Assignment, Change, CompiledCatalog, PlanPolicy, PlanSet, Product, ProductId,
    ProductKey, ServicePlanId,
};

/// A change as the caller specifies it, before validation against a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ChangeRequest {
    /// Products to assign.
    pub assign: Vec<AssignmentRequest>,
    /// Products to revoke.
    pub revoke: Vec<ProductId>,
}

/// A product to assign, as the caller specifies it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AssignmentRequest {
    /// The product to assign.
    pub product: ProductId,
    /// Plans of the product to disable.
    pub disabled_plans: Vec<ServicePlanId>,
    /// How `disabled_plans` combines with the user's current disabled plans.
    pub plan_policy: PlanPolicy,
}

/// An invalid field of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// The path of the field, such as `change.assign[1].disabled_plans[0]`.
    pub field: String,
    /// The error, for programs.
    pub reason: ChangeErrorReason,
    /// The error and how to correct it, for people.
    pub description: String,
    /// The product with the error; `None` if the request names no product there.
    pub product: Option<ProductId>,
    /// The plan of that product with the error, if the error concerns a plan.
    pub service_plan: Option<ServicePlanId>,
}

/// The kinds of errors in a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ChangeErrorReason {
    /// The change neither assigns nor revokes a product.
    EmptyChange,
    /// The catalog has no such product.
    UnknownProduct,
    /// The product is retired in the catalog: it can be revoked, but not assigned.
    RetiredProduct,
    /// A product is assigned twice or revoked twice.
    DuplicateProduct,
    /// A product is both assigned and revoked.
    AssignedAndRevoked,
    /// The plan does not belong to the product.
    ForeignServicePlan,
    /// The plan belongs to the whole company and can't be disabled for a user.
    CompanyServicePlan,
    /// A plan is listed twice for one product.
    DuplicateServicePlan,
}

/// Validates a change against a catalog.
///
/// The field paths begin with `change`, the field that holds the change in every request.
///
/// # Errors
/// All errors of the change, in the order of its fields.
pub fn parse_change(
    catalog: &CompiledCatalog,
    request: &ChangeRequest,
) -> Result<Change, Vec<FieldViolation>> {
    let mut parser = Parser {
        catalog,
        used: HashMap::new(),
        errors: Vec::new(),
    };
    let change = parser.change(request);
    if parser.errors.is_empty() {
        Ok(change)
    } else {
        Err(parser.errors)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    Assigned,
    Revoked,
}

struct Parser<'a> {
    catalog: &'a CompiledCatalog,
    used: HashMap<ProductKey, Use>,
    errors: Vec<FieldViolation>,
}

impl<'a> Parser<'a> {
    fn change(&mut self, request: &ChangeRequest) -> Change {
        if request.assign.is_empty() && request.revoke.is_empty() {
            self.errors.push(FieldViolation {
                field: "change".to_owned(),
                reason: ChangeErrorReason::EmptyChange,
                description: "neither assigns nor revokes a product; name at least one".to_owned(),
                product: None,
                service_plan: None,
            });
        }
        let mut change = Change {
            assign: Vec::with_capacity(request.assign.len()),
            revoke: Vec::with_capacity(request.revoke.len()),
        };
        for (index, assignment) in request.assign.iter().enumerate() {
            let path = format!("change.assign[{index}]");
            change.assign.extend(self.assignment(&path, assignment));
        }
        for (index, id) in request.revoke.iter().enumerate() {
            let path = format!("change.revoke[{index}]");
            let product = self.product(path, id, Use::Revoked);
            change.revoke.extend(product.map(|product| product.key));
        }
        change
    }

    fn assignment(&mut self, path: &str, request: &AssignmentRequest) -> Option<Assignment> {
        let field = format!("{path}.product");
        let product = self.product(field.clone(), &request.product, Use::Assigned)?;
        if product.retired {
            self.product_error(
                field,
                &product.id,
                ChangeErrorReason::RetiredProduct,
                format!(
                    "product {} is retired: it can be revoked but no longer assigned",
                    product.id
                ),
            );
        }
        let mut disabled_plans = PlanSet::new();
        for (index, id) in request.disabled_plans.iter().enumerate() {
            let field = format!("{path}.disabled_plans[{index}]");
            self.disabled_plan(field, product, id, &mut disabled_plans);
        }
        Some(Assignment {
            product: product.key,
            disabled_plans,
            plan_policy: request.plan_policy,
        })
    }

    fn product(&mut self, field: String, id: &ProductId, wanted: Use) -> Option<&'a Product> {
        let Some(product) = self.catalog.product_by_id(id) else {
            self.product_error(
                field,
                id,
                ChangeErrorReason::UnknownProduct,
                format!("the catalog has no product {id}"),
            );
            return None;
        };
        match self.used.insert(product.key, wanted) {
            None => {}
            Some(earlier) if earlier == wanted => self.product_error(
                field,
                id,
                ChangeErrorReason::DuplicateProduct,
                format!("product {id} is listed before; list each product once"),
            ),
            Some(_) => self.product_error(
                field,
                id,
                ChangeErrorReason::AssignedAndRevoked,
                format!("product {id} is both assigned and revoked; do only one"),
            ),
        }
        Some(product)
    }

    fn disabled_plan(
        &mut self,
        field: String,
        product: &Product,
        id: &ServicePlanId,
        disabled: &mut PlanSet,
    ) {
        let plan = self
            .catalog
            .plan_by_id(id)
            .filter(|plan| product.service_plans.contains(&plan.key));
        let Some(plan) = plan else {
            self.plan_error(
                field,
                (&product.id, id),
                ChangeErrorReason::ForeignServicePlan,
                format!("product {} has no service plan {id}", product.id),
            );
            return;
        };
        if plan.applies_to == AppliesTo::Company {
            self.plan_error(
                field,
                (&product.id, id),
                ChangeErrorReason::CompanyServicePlan,
                format!(
                    "service plan {id} belongs to the whole company and can't be disabled for a user"
                ),
            );
        } else if disabled.contains(plan.key) {
            self.plan_error(
                field,
                (&product.id, id),
                ChangeErrorReason::DuplicateServicePlan,
                format!("service plan {id} is listed before; list each plan once"),
            );
        } else {
            disabled.insert(plan.key);
        }
    }

    fn product_error(
        &mut self,
        field: String,
        product: &ProductId,
        reason: ChangeErrorReason,
        description: String,
    ) {
        self.errors.push(FieldViolation {
            field,
            reason,
            description,
            product: Some(product.clone()),
            service_plan: None,
        });
    }

    fn plan_error(
        &mut self,
        field: String,
        (product, plan): (&ProductId, &ServicePlanId),
        reason: ChangeErrorReason,
        description: String,
    ) {
        self.errors.push(FieldViolation {
            field,
            reason,
            description,
            product: Some(product.clone()),
            service_plan: Some(plan.clone()),
        });
    }
}

#[cfg(test)]
mod tests;
