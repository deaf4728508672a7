use seatkeeper_domain::{
    Assignment, AssignmentRequest, Change, ChangeRequest, CompiledCatalog, ProductName,
    ServicePlanId, ServicePlanName,
};
use seatkeeper_proto::v1::{self, ErrorReason};

use super::names::name;
use super::{policy, product};
use crate::error::{FieldError, FieldErrors};
use crate::limits::{CHANGE_PRODUCTS_MAX, DISABLED_PLANS_MAX};

/// Parses a change; names are parsed but not looked up. Field paths begin with `change`.
pub(crate) fn from_proto(given: Option<&v1::Change>) -> Result<ChangeRequest, FieldErrors> {
    // An absent change is parsed as an empty change, which is rejected with its own reason.
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
    for (index, assignment) in given.assign.iter().enumerate() {
        let count = assignment.disabled_plans.len();
        if count > DISABLED_PLANS_MAX {
            return Err(too_many_plans(index, count).into());
        }
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
        let plan = disabled_plan(product.as_ref(), given);
        let field = || format!("{path}.disabled_plans[{index}]");
        disabled_plans.extend(errors.take(plan.map_err(|wrong| wrong.at(field()))));
        if errors.is_full() {
            break;
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

/// Parses a plan to disable; the error has no field path yet.
fn disabled_plan(product: Option<&ProductName>, given: &str) -> Result<ServicePlanId, FieldError> {
    let plan: ServicePlanName = name("", given)?;
    match product {
        Some(product) if plan.product != product.product => Err(foreign_plan("", &plan, product)),
        Some(_) | None => Ok(plan.plan),
    }
}

fn too_many(given: usize) -> FieldError {
    let description = format!("names {given} products, at most {CHANGE_PRODUCTS_MAX} are allowed");
    FieldError::new("change", ErrorReason::ListTooLong, description)
        .with("given", given)
        .with("maximum", CHANGE_PRODUCTS_MAX)
        .with("alternative", "several changes")
}

fn too_many_plans(assignment: usize, given: usize) -> FieldError {
    let field = format!("change.assign[{assignment}].disabled_plans");
    let description = format!("has {given} plans, at most {DISABLED_PLANS_MAX} are allowed");
    FieldError::new(field, ErrorReason::ListTooLong, description)
        .with("given", given)
        .with("maximum", DISABLED_PLANS_MAX)
        .with("alternative", "fewer plans")
}

fn foreign_plan(field: &str, plan: &ServicePlanName, product: &ProductName) -> FieldError {
    let description = format!("{plan} is not a plan of {product}, which is assigned");
    FieldError::new(field, ErrorReason::ForeignServicePlan, description)
        .with("product", product)
        .with("service_plan", plan)
}

/// Encodes a change with the catalog version that it was decided by.
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
