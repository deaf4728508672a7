use seatkeeper_domain::{
    Assignment, AssignmentRequest, Change, ChangeRequest, CompiledCatalog, ProductName,
    ServicePlanName,
};
use seatkeeper_proto::v1::{self, ErrorReason};

use super::names::name;
use super::{policy, product};
use crate::error::{FieldError, FieldErrors};
use crate::limits::CHANGE_PRODUCTS_MAX;

/// Reads a change: names parsed, nothing looked up. Field paths begin with `change`.
pub(crate) fn from_proto(given: Option<&v1::Change>) -> Result<ChangeRequest, FieldErrors> {
    // A change that is absent is an empty one, which is refused with its own reason.
    let Some(given) = given else {
        return Ok(ChangeRequest {
            assign: Vec::new(),
            revoke: Vec::new(),
        });
    };
    let count = given.assign.len() + given.revoke.len();
    if count > CHANGE_PRODUCTS_MAX {
        return Err(too_many(count).into());
    }
    let mut errors = FieldErrors::default();
    let mut change = ChangeRequest {
        assign: Vec::new(),
        revoke: Vec::new(),
    };
    for (index, given) in given.assign.iter().enumerate() {
        change
            .assign
            .extend(errors.take(assignment(&format!("change.assign[{index}]"), given)));
    }
    for (index, given) in given.revoke.iter().enumerate() {
        let parsed = name::<ProductName>(&format!("change.revoke[{index}]"), given);
        change
            .revoke
            .extend(errors.take(parsed).map(|name| name.product));
    }
    errors.finish(change)
}

fn assignment(path: &str, given: &v1::Assignment) -> Result<AssignmentRequest, FieldErrors> {
    let mut errors = FieldErrors::default();
    let product = errors.take(name::<ProductName>(
        &format!("{path}.product"),
        &given.product,
    ));
    let plan_policy = errors.take(policy::plan_policy(
        &format!("{path}.plan_policy"),
        given.plan_policy,
    ));
    let mut disabled_plans = Vec::with_capacity(given.disabled_plans.len());
    for (index, given) in given.disabled_plans.iter().enumerate() {
        let field = format!("{path}.disabled_plans[{index}]");
        let Some(plan) = errors.take(name::<ServicePlanName>(&field, given)) else {
            continue;
        };
        match &product {
            Some(product) if plan.product != product.product => {
                errors.push(foreign_plan(&field, &plan, product));
            }
            Some(_) | None => disabled_plans.push(plan.plan),
        }
    }
    match (product, plan_policy) {
        (Some(product), Some(plan_policy)) if errors.is_empty() => Ok(AssignmentRequest {
            product: product.product,
            disabled_plans,
            plan_policy,
        }),
        _ => Err(errors),
    }
}

fn too_many(given: usize) -> FieldError {
    let description = format!("names {given} products, at most {CHANGE_PRODUCTS_MAX} are allowed");
    FieldError::new("change", ErrorReason::ListTooLong, description)
        .with("given", given)
        .with("maximum", CHANGE_PRODUCTS_MAX)
        .with("alternative", "several changes")
}

fn foreign_plan(field: &str, plan: &ServicePlanName, product: &ProductName) -> FieldError {
    let description = format!("{plan} is no plan of {product}, which is assigned");
    FieldError::new(field, ErrorReason::ForeignServicePlan, description)
        .with("product", product)
        .with("service_plan", plan)
}

/// Writes a change that was judged by `catalog`.
pub(crate) fn to_proto(catalog: &CompiledCatalog, change: &Change) -> v1::Change {
    v1::Change {
        assign: change
            .assign
            .iter()
            .map(|given| assignment_to_proto(catalog, given))
            .collect(),
        revoke: change
            .revoke
            .iter()
            .map(|&key| product::name_of(catalog, key))
            .collect(),
    }
}

fn assignment_to_proto(catalog: &CompiledCatalog, assignment: &Assignment) -> v1::Assignment {
    v1::Assignment {
        product: product::name_of(catalog, assignment.product),
        disabled_plans: product::plan_names(
            catalog,
            assignment.product,
            assignment.disabled_plans.iter(),
        ),
        plan_policy: policy::plan_policy_to_proto(assignment.plan_policy).into(),
    }
}
