use super::*;
use crate::{Catalog, CatalogVersion, PlanKey, ServicePlan};

fn product(key: u32, id: &str, plans: &[u32], retired: bool) -> Product {
    Product {
        key: ProductKey(key),
        id: ProductId::parse(id).unwrap(),
        display_name: String::new(),
        part_number: String::new(),
        service_plans: plans.iter().copied().map(PlanKey).collect(),
        applies_to: AppliesTo::User,
        retired,
    }
}

fn plan(key: u32, id: &str, applies_to: AppliesTo) -> ServicePlan {
    ServicePlan {
        key: PlanKey(key),
        id: ServicePlanId::parse(id).unwrap(),
        part_number: String::new(),
        display_name: String::new(),
        applies_to,
    }
}

fn catalog() -> CompiledCatalog {
    CompiledCatalog::new(
        CatalogVersion(1),
        Catalog {
            products: vec![
                product(0, "office", &[0, 1], false),
                product(1, "phone", &[2], false),
                product(2, "old", &[], true),
            ],
            service_plans: vec![
                plan(0, "mail", AppliesTo::User),
                plan(1, "audit", AppliesTo::Company),
                plan(2, "call", AppliesTo::User),
            ],
            ..Catalog::default()
        },
    )
}

fn request(assign: &[(&str, &[&str])], revoke: &[&str]) -> ChangeRequest {
    ChangeRequest {
        assign: assign
            .iter()
            .map(|(product, disabled)| AssignmentRequest {
                product: ProductId::parse(product).unwrap(),
                disabled_plans: disabled
                    .iter()
                    .map(|plan| ServicePlanId::parse(plan).unwrap())
                    .collect(),
                plan_policy: PlanPolicy::Keep,
            })
            .collect(),
        revoke: revoke
            .iter()
            .map(|product| ProductId::parse(product).unwrap())
            .collect(),
    }
}

fn errors(assign: &[(&str, &[&str])], revoke: &[&str]) -> Vec<(String, ChangeErrorReason)> {
    parse_change(&catalog(), &request(assign, revoke))
        .unwrap_err()
        .into_iter()
        .map(|error| (error.field, error.reason))
        .collect()
}

fn error(field: &str, reason: ChangeErrorReason) -> Vec<(String, ChangeErrorReason)> {
    vec![(field.to_owned(), reason)]
}

#[test]
fn a_valid_change_keeps_the_callers_order() {
    let change = parse_change(
        &catalog(),
        &request(&[("phone", &[]), ("office", &["mail"])], &["old"]),
    )
    .unwrap();
    let products: Vec<ProductKey> = change.products().collect();
    assert_eq!(products, [1, 0, 2].map(ProductKey));
    assert_eq!(
        change.assign[1],
        Assignment {
            product: ProductKey(0),
            disabled_plans: PlanSet::from_iter([PlanKey(0)]),
            plan_policy: PlanPolicy::Keep,
        }
    );
}

#[test]
fn an_empty_change_is_refused() {
    let expected = error("change", ChangeErrorReason::EmptyChange);
    assert_eq!(errors(&[], &[]), expected);
}

#[test]
fn an_unknown_product_is_refused() {
    assert_eq!(
        errors(&[("nope", &[])], &[]),
        error(
            "change.assign[0].product",
            ChangeErrorReason::UnknownProduct
        )
    );
    assert_eq!(
        errors(&[], &["office", "nope"]),
        error("change.revoke[1]", ChangeErrorReason::UnknownProduct)
    );
}

#[test]
fn a_retired_product_is_not_assigned() {
    assert_eq!(
        errors(&[("old", &[])], &[]),
        error(
            "change.assign[0].product",
            ChangeErrorReason::RetiredProduct
        )
    );
}

#[test]
fn a_product_is_named_once() {
    assert_eq!(
        errors(&[("office", &[]), ("office", &[])], &[]),
        error(
            "change.assign[1].product",
            ChangeErrorReason::DuplicateProduct
        )
    );
    assert_eq!(
        errors(&[], &["phone", "phone"]),
        error("change.revoke[1]", ChangeErrorReason::DuplicateProduct)
    );
    assert_eq!(
        errors(&[("office", &[])], &["office"]),
        error("change.revoke[0]", ChangeErrorReason::AssignedAndRevoked)
    );
}

#[test]
fn a_disabled_plan_is_one_of_the_product() {
    let field = "change.assign[1].disabled_plans[1]";
    for foreign in ["call", "nope"] {
        assert_eq!(
            errors(&[("phone", &[]), ("office", &["mail", foreign])], &[]),
            error(field, ChangeErrorReason::ForeignServicePlan)
        );
    }
}

#[test]
fn a_plan_of_the_company_is_not_switched_off() {
    assert_eq!(
        errors(&[("office", &["audit"])], &[]),
        error(
            "change.assign[0].disabled_plans[0]",
            ChangeErrorReason::CompanyServicePlan
        )
    );
}

#[test]
fn a_disabled_plan_is_named_once() {
    assert_eq!(
        errors(&[("office", &["mail", "mail"])], &[]),
        error(
            "change.assign[0].disabled_plans[1]",
            ChangeErrorReason::DuplicateServicePlan
        )
    );
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let found = errors(&[("nope", &[]), ("office", &["call"])], &["office", "none"]);
    let fields: Vec<&str> = found.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "change.assign[0].product",
            "change.assign[1].disabled_plans[0]",
            "change.revoke[0]",
            "change.revoke[1]"
        ]
    );
}

#[test]
fn a_description_names_what_is_wrong() {
    let found = parse_change(&catalog(), &request(&[("office", &["call"])], &[])).unwrap_err();
    assert_eq!(
        found[0].description,
        "product office has no service plan call"
    );
}

#[test]
fn a_violation_names_product_and_plan_for_programs() {
    let found = parse_change(&catalog(), &request(&[("office", &["call"])], &[])).unwrap_err();
    assert_eq!(found[0].product, ProductId::parse("office").ok());
    assert_eq!(found[0].service_plan, ServicePlanId::parse("call").ok());
}
