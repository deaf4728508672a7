use seatkeeper_domain::{
    CatalogDraft, ExclusionMemberIds, ImportError, ProductId, ProductName, RestrictedId,
    ServicePlanId, ServicePlanName, UsageLocation,
};
use seatkeeper_proto::v1::{
    self, ErrorReason, catalog_rule::Rule, import_catalog_request::Items, location_rule::Restricted,
};

use super::names::name;
use super::policy;
use crate::error::{FieldError, FieldErrors};
use crate::limits::PRODUCT_PLANS_MAX;

/// The prefix of a plan's name that leaves the product open.
const ANY_PRODUCT: &str = "products/-/";

/// Adds the items of one message. Field paths are relative to the message's items.
pub(crate) fn add(draft: &mut CatalogDraft, items: &Items) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    each(&mut errors, "products", &items.products, |product| {
        add_product(draft, product)
    });
    each(&mut errors, "service_plans", &items.service_plans, |plan| {
        add_service_plan(draft, plan)
    });
    each(&mut errors, "rules", &items.rules, |rule| {
        add_rule(draft, rule)
    });
    errors.finish(())
}

/// Adds items of one kind; stops when the errors fill a status.
fn each<T>(
    errors: &mut FieldErrors,
    field: &str,
    items: &[T],
    mut add: impl FnMut(&T) -> Result<(), FieldErrors>,
) {
    for (index, item) in items.iter().enumerate() {
        if errors.is_full() {
            return;
        }
        let inside = |wrong: FieldErrors| wrong.inside(&format!("{field}[{index}]"));
        errors.take(add(item).map_err(inside));
    }
}

fn add_product(draft: &mut CatalogDraft, given: &v1::Product) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    let product = errors.take(name::<ProductName>("name", &given.name));
    let applies_to = errors.take(policy::applies_to("applies_to", given.applies_to));
    let plans = if given.service_plans.len() > PRODUCT_PLANS_MAX {
        errors.push(too_many_plans(given.service_plans.len()));
        None
    } else {
        errors.take(plans("service_plans", &given.service_plans))
    };
    match (product, applies_to, plans) {
        (Some(ProductName { product }), Some(applies_to), Some(plans)) if errors.is_empty() => {
            draft.add_product(
                &product,
                &given.display_name,
                &given.part_number,
                applies_to,
            );
            for plan in &plans {
                draft.add_product_plan(&product, plan);
            }
            Ok(())
        }
        _ => Err(errors),
    }
}

fn add_service_plan(draft: &mut CatalogDraft, given: &v1::ServicePlan) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    let plan = errors.take(plan("name", &given.name));
    let applies_to = errors.take(policy::applies_to("applies_to", given.applies_to));
    let (Some(plan), Some(applies_to)) = (plan, applies_to) else {
        return Err(errors);
    };
    draft.add_service_plan(&plan, &given.part_number, &given.display_name, applies_to);
    Ok(())
}

fn add_rule(draft: &mut CatalogDraft, given: &v1::CatalogRule) -> Result<(), FieldErrors> {
    match &given.rule {
        None => Err(FieldError::invalid("rule", "must be one of the kinds of rules").into()),
        Some(Rule::ExclusionGroup(group)) => {
            add_group(draft, group).map_err(|wrong| wrong.inside("exclusion_group"))
        }
        Some(Rule::Dependency(dependency)) => {
            add_dependency(draft, dependency).map_err(|wrong| wrong.inside("dependency"))
        }
        Some(Rule::LocationRule(rule)) => {
            add_location_rule(draft, rule).map_err(|wrong| wrong.inside("location_rule"))
        }
    }
}

fn add_group(draft: &mut CatalogDraft, given: &v1::ExclusionGroup) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    let plans = errors.take(plans("service_plans", &given.service_plans));
    let products = errors.take(products("products", &given.products));
    let (Some(plans), Some(products)) = (plans, products) else {
        return Err(errors);
    };
    // A group with both kinds is added as two groups of the same name; the check of the complete
    // import rejects it.
    if !plans.is_empty() || products.is_empty() {
        let members = ExclusionMemberIds::ServicePlans(plans);
        draft.add_exclusion_group(&given.display_name, &members);
    }
    if !products.is_empty() {
        let members = ExclusionMemberIds::Products(products);
        draft.add_exclusion_group(&given.display_name, &members);
    }
    Ok(())
}

fn add_dependency(draft: &mut CatalogDraft, given: &v1::Dependency) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    let dependent = errors.take(plan("service_plan", &given.service_plan));
    let needs_any_of = errors.take(plans("needs_any_of", &given.needs_any_of));
    let (Some(dependent), Some(needs_any_of)) = (dependent, needs_any_of) else {
        return Err(errors);
    };
    draft.add_dependency(&dependent, &needs_any_of);
    Ok(())
}

fn add_location_rule(
    draft: &mut CatalogDraft,
    given: &v1::LocationRule,
) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::default();
    let restricted = errors.take(restricted(given.restricted.as_ref()));
    let mut locations = Vec::with_capacity(given.prohibited_locations.len());
    for (index, location) in given.prohibited_locations.iter().enumerate() {
        let parsed = UsageLocation::parse(location).map_err(|error| {
            FieldError::invalid(format!("prohibited_locations[{index}]"), error.to_string())
        });
        locations.extend(errors.take(parsed));
        if errors.is_full() {
            break;
        }
    }
    match restricted {
        Some(restricted) if errors.is_empty() => {
            draft.add_location_rule(&restricted, locations);
            Ok(())
        }
        _ => Err(errors),
    }
}

fn restricted(given: Option<&Restricted>) -> Result<RestrictedId, FieldError> {
    match given {
        None => Err(FieldError::invalid(
            "restricted",
            "must be a product or a service plan",
        )),
        Some(Restricted::Product(given)) => {
            let name: ProductName = name("product", given)?;
            Ok(RestrictedId::Product(name.product))
        }
        Some(Restricted::ServicePlan(given)) => {
            plan("service_plan", given).map(RestrictedId::ServicePlan)
        }
    }
}

/// Parses the plan in a name; the product in the name does not matter.
fn plan(field: &str, given: &str) -> Result<ServicePlanId, FieldError> {
    let parsed: Result<ServicePlanName, FieldError> = match given.strip_prefix(ANY_PRODUCT) {
        Some(rest) => name(field, &format!("products/0/{rest}")),
        None => name(field, given),
    };
    parsed.map(|name| name.plan)
}

fn plans(field: &str, given: &[String]) -> Result<Vec<ServicePlanId>, FieldErrors> {
    parse_all(field, given, plan)
}

fn products(field: &str, given: &[String]) -> Result<Vec<ProductId>, FieldErrors> {
    parse_all(field, given, |field, given| {
        name::<ProductName>(field, given).map(|name| name.product)
    })
}

fn parse_all<T>(
    field: &str,
    given: &[String],
    parse: impl Fn(&str, &str) -> Result<T, FieldError>,
) -> Result<Vec<T>, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut parsed = Vec::with_capacity(given.len());
    for (index, text) in given.iter().enumerate() {
        let read = parse("", text).map_err(|wrong| wrong.at(format!("{field}[{index}]")));
        parsed.extend(errors.take(read));
        if errors.is_full() {
            break;
        }
    }
    errors.finish(parsed)
}

fn too_many_plans(given: usize) -> FieldError {
    let description = format!("has {given} plans, at most {PRODUCT_PLANS_MAX} are allowed");
    FieldError::new("service_plans", ErrorReason::ListTooLong, description)
        .with("given", given)
        .with("maximum", PRODUCT_PLANS_MAX)
        .with("alternative", "fewer plans")
}

/// The errors between items of an import, such as references to missing items.
pub(crate) fn errors(found: &[ImportError]) -> FieldErrors {
    let mut errors = FieldErrors::default();
    for error in found {
        errors.push(import_error(error));
    }
    errors
}

fn import_error(error: &ImportError) -> FieldError {
    let description = error.to_string();
    match error {
        ImportError::Empty => FieldError::invalid("items", description),
        ImportError::TooMany { given, max, .. } | ImportError::TooManyOf { given, max, .. } => {
            FieldError::new("items", ErrorReason::ListTooLong, description)
                .with("given", given)
                .with("maximum", max)
                .with("alternative", "a smaller catalog")
        }
        ImportError::TextTooLong { .. } | ImportError::ControlCharacter { .. } => {
            FieldError::invalid("items", description)
        }
        ImportError::UnknownProduct { product, .. } => {
            FieldError::new("items.rules", ErrorReason::UnknownProduct, description)
                .with("product", super::names::product(product))
        }
        ImportError::UnknownServicePlan { plan, .. } => FieldError::new(
            "items.products",
            ErrorReason::UnknownServicePlan,
            description,
        )
        .with("service_plan", super::names::service_plan_anywhere(plan)),
        ImportError::UnnamedGroup
        | ImportError::TooFewMembers { .. }
        | ImportError::MixedMembers { .. }
        | ImportError::NoAlternatives { .. }
        | ImportError::SelfDependency { .. }
        | ImportError::NoLocations { .. } => FieldError::invalid("items.rules", description),
    }
}
