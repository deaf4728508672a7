use super::*;
use crate::{Dependency, ExclusionMembers};

fn plan(key: u32, applies_to: AppliesTo) -> ServicePlan {
    ServicePlan {
        key: PlanKey(key),
        id: ServicePlanId::parse(&format!("plan-{key}")).unwrap(),
        part_number: String::new(),
        display_name: String::new(),
        applies_to,
    }
}

fn catalog() -> CompiledCatalog {
    let product = Product {
        key: ProductKey(4),
        id: ProductId::parse("suite").unwrap(),
        display_name: String::new(),
        part_number: String::new(),
        service_plans: vec![PlanKey(0), PlanKey(1)],
        applies_to: AppliesTo::User,
        retired: false,
    };
    let needs = |plan, any_of: &[u32]| Dependency {
        plan: PlanKey(plan),
        needs_any_of: any_of.iter().copied().map(PlanKey).collect(),
    };
    CompiledCatalog::new(
        CatalogVersion(7),
        Catalog {
            products: vec![product],
            service_plans: vec![plan(0, AppliesTo::User), plan(1, AppliesTo::Company)],
            exclusion_groups: vec![ExclusionGroup {
                display_name: "mail".to_owned(),
                members: ExclusionMembers::ServicePlans(vec![PlanKey(0)]),
            }],
            dependencies: vec![needs(0, &[3, 1]), needs(0, &[2, 1])],
            location_rules: vec![],
        },
    )
}

#[test]
fn products_and_plans_are_found_by_key_and_by_id() {
    let catalog = catalog();
    let suite = ProductId::parse("suite").unwrap();
    let second = ServicePlanId::parse("plan-1").unwrap();
    assert_eq!(catalog.version(), CatalogVersion(7));
    assert_eq!(catalog.product(ProductKey(4)).unwrap().id, suite);
    assert_eq!(catalog.product_by_id(&suite).unwrap().key, ProductKey(4));
    assert_eq!(catalog.plan(PlanKey(1)).unwrap().id, second);
    assert_eq!(catalog.plan_by_id(&second).unwrap().key, PlanKey(1));
}

#[test]
fn unknown_keys_and_ids_are_none() {
    let catalog = catalog();
    assert!(catalog.product(ProductKey(0)).is_none());
    assert!(catalog.product(ProductKey(99)).is_none());
    assert!(catalog.plan(PlanKey(99)).is_none());
    let unknown = ProductId::parse("unknown").unwrap();
    assert!(catalog.product_by_id(&unknown).is_none());
    assert!(catalog.exclusion_group(1).is_none());
}

#[test]
fn plans_of_the_company_are_no_user_plans() {
    let catalog = catalog();
    assert_eq!(
        *catalog.user_plans(ProductKey(4)),
        PlanSet::from_iter([PlanKey(0)])
    );
    assert!(catalog.user_plans(ProductKey(99)).is_empty());
}

#[test]
fn the_needs_of_all_dependencies_of_a_plan_are_named_once_in_order() {
    assert_eq!(catalog().needs_of(PlanKey(0)), [1, 2, 3].map(PlanKey));
    assert!(catalog().needs_of(PlanKey(1)).is_empty());
}

#[test]
fn a_group_is_found_by_its_index() {
    assert_eq!(catalog().exclusion_group(0).unwrap().display_name, "mail");
}
