use proptest::prelude::*;

use super::*;
use crate::{ExclusionMembers, PlanKey, ProductKey, Restricted};

mod errors;
mod keys;

fn product(id: &str) -> ProductId {
    ProductId::parse(id).unwrap()
}

fn plan(id: &str) -> ServicePlanId {
    ServicePlanId::parse(id).unwrap()
}

fn plans(ids: &[&str]) -> Vec<ServicePlanId> {
    ids.iter().map(|id| plan(id)).collect()
}

fn country(code: &str) -> UsageLocation {
    UsageLocation::parse(code).unwrap()
}

/// An import of products with the plans they bundle, each described by its identifier.
fn draft(mode: CatalogImportMode, bundles: &[(&str, &[&str])]) -> CatalogDraft {
    let mut draft = CatalogDraft::new(mode);
    for (id, bundled) in bundles {
        draft.add_product(&product(id), id, id, AppliesTo::User);
        for part in *bundled {
            draft.add_service_plan(&plan(part), part, part, AppliesTo::User);
            draft.add_product_plan(&product(id), &plan(part));
        }
    }
    draft
}

/// The result of an import.
#[derive(Debug, PartialEq)]
struct Imported {
    catalog: Catalog,
    counts: ImportCounts,
    warnings: Vec<ImportWarning>,
}

fn imported(draft: CatalogDraft, previous: Option<&Catalog>) -> Imported {
    let checked = draft.finish(previous).unwrap();
    Imported {
        counts: checked.counts(),
        warnings: checked.warnings().to_vec(),
        catalog: checked.into_catalog(previous),
    }
}

fn warnings(draft: CatalogDraft) -> Vec<ImportWarning> {
    imported(draft, None).warnings
}

#[test]
fn repeated_rows_change_nothing() {
    let once = draft(
        CatalogImportMode::Replace,
        &[("a", &["x", "y"]), ("b", &["y"])],
    );
    let twice = draft(
        CatalogImportMode::Replace,
        &[("a", &["x", "y"]), ("b", &["y"]), ("a", &["y", "x"])],
    );
    let import = imported(twice, None);
    assert_eq!(import, imported(once, None));
    assert_eq!(import.warnings, []);
    assert_eq!(import.counts.created, 2);
}

#[test]
fn the_first_spelling_counts_and_the_others_are_reported() {
    let mut draft = draft(CatalogImportMode::Replace, &[("a", &["x"])]);
    for spelling in ["x ", "X", "x)", "X"] {
        draft.add_service_plan(&plan("x"), spelling, "", AppliesTo::User);
    }
    draft.add_product(&product("a"), "a", "a\t", AppliesTo::Company);
    let import = imported(draft, None);
    assert_eq!(import.catalog.service_plans[0].part_number, "x");
    assert_eq!(import.catalog.products[0].applies_to, AppliesTo::User);
    assert_eq!(
        import.warnings,
        [
            ImportWarning::SpellingVariant {
                subject: ImportSubject::ServicePlan(plan("x")),
                field: ImportField::PartNumber,
                kept: "x".to_owned(),
                ignored: vec!["X".to_owned(), "x)".to_owned()],
            },
            ImportWarning::SpellingVariant {
                subject: ImportSubject::Product(product("a")),
                field: ImportField::AppliesTo,
                kept: "user".to_owned(),
                ignored: vec!["company".to_owned()],
            },
        ]
    );
}

#[test]
fn texts_are_trimmed_and_made_up_for() {
    let mut draft = CatalogDraft::new(CatalogImportMode::Replace);
    draft.add_product(&product("a"), "\u{feff}Name\t", " ", AppliesTo::User);
    draft.add_product(&product("b"), "", "PART", AppliesTo::User);
    draft.add_product(&product("c"), "", "", AppliesTo::User);
    let catalog = imported(draft, None).catalog;
    let names: Vec<(&str, &str)> = catalog
        .products
        .iter()
        .map(|product| (&*product.display_name, &*product.part_number))
        .collect();
    assert_eq!(names, [("Name", ""), ("PART", "PART"), ("c", "")]);
}

#[test]
fn a_later_import_may_leave_texts_out() {
    let first = imported(draft(CatalogImportMode::Merge, &[("a", &["x"])]), None).catalog;
    let mut second = CatalogDraft::new(CatalogImportMode::Merge);
    second.add_product(&product("a"), "", "", AppliesTo::User);
    second.add_product_plan(&product("a"), &plan("x"));
    assert_eq!(imported(second, Some(&first)).catalog, first);
}

#[test]
fn products_that_share_a_name_are_reported() {
    let mut draft = CatalogDraft::new(CatalogImportMode::Replace);
    draft.add_product(&product("a"), "One", "P", AppliesTo::User);
    draft.add_product(&product("b"), "Two", "P", AppliesTo::User);
    assert_eq!(
        warnings(draft),
        [ImportWarning::SharedName {
            field: ImportField::PartNumber,
            text: "P".to_owned(),
            products: vec![product("a"), product("b")],
        }]
    );
}

#[test]
fn a_product_that_excludes_itself_is_reported() {
    let mut draft = draft(
        CatalogImportMode::Replace,
        &[("a", &["x", "y"]), ("b", &["x"])],
    );
    let members = ExclusionMemberIds::ServicePlans(plans(&["x", "y"]));
    draft.add_exclusion_group("G", &members);
    assert_eq!(
        warnings(draft),
        [ImportWarning::SelfExclusiveProduct {
            product: product("a"),
            group: "G".to_owned(),
            plans: plans(&["x", "y"]),
        }]
    );
}

#[test]
fn a_plan_known_from_rules_alone_is_kept_with_a_warning() {
    let mut draft = draft(CatalogImportMode::Replace, &[("a", &["x"])]);
    let members = ExclusionMemberIds::ServicePlans(plans(&["x", "stray"]));
    draft.add_exclusion_group("G", &members);
    let import = imported(draft, None);
    let stray = &import.catalog.service_plans[1];
    assert_eq!((stray.key, &stray.id), (PlanKey(1), &plan("stray")));
    assert_eq!(stray.display_name, "stray");
    assert_eq!(
        import.catalog.exclusion_groups[0].members,
        ExclusionMembers::ServicePlans(vec![PlanKey(0), PlanKey(1)])
    );
    assert_eq!(
        import.warnings,
        [ImportWarning::PlanInNoProduct {
            plan: plan("stray")
        }]
    );
}

#[test]
fn rules_are_collected_row_by_row_and_repeats_are_reported() {
    let mut draft = draft(CatalogImportMode::Replace, &[("a", &["x"]), ("b", &["y"])]);
    for member in ["x", "y", "y"] {
        let members = ExclusionMemberIds::ServicePlans(plans(&[member]));
        draft.add_exclusion_group(" G ", &members);
    }
    draft.add_dependency(&plan("x"), &plans(&["y"]));
    draft.add_dependency(&plan("x"), &plans(&["y", "y"]));
    let restricted = RestrictedId::Product(product("a"));
    draft.add_location_rule(&restricted, [country("CN")]);
    draft.add_location_rule(&restricted, [country("IN"), country("CN")]);
    draft.add_location_rule(&restricted, [country("IN")]);
    let import = imported(draft, None);
    assert_eq!(import.catalog.exclusion_groups.len(), 1);
    assert_eq!(import.catalog.dependencies.len(), 1);
    assert_eq!(
        import.catalog.location_rules,
        [crate::LocationRule {
            restricted: Restricted::Product(ProductKey(0)),
            prohibited_in: [country("CN"), country("IN")].into(),
        }]
    );
    let repeated = [
        ImportSubject::ExclusionGroup("G".to_owned()),
        ImportSubject::Dependency(plan("x")),
        ImportSubject::LocationRule(restricted),
    ];
    assert_eq!(
        import.warnings,
        repeated.map(|rule| ImportWarning::DuplicateRule { rule })
    );
}

#[test]
fn a_merge_keeps_what_it_does_not_name() {
    let mut first = draft(CatalogImportMode::Replace, &[("a", &["x"]), ("b", &["y"])]);
    first.add_dependency(&plan("x"), &plans(&["y"]));
    first.add_dependency(&plan("y"), &plans(&["z"]));
    let first = imported(first, None).catalog;

    let mut second = CatalogDraft::new(CatalogImportMode::Merge);
    second.add_dependency(&plan("x"), &plans(&["z"]));
    let import = imported(second, Some(&first));
    assert_eq!(import.catalog.products, first.products);
    let needs: Vec<(PlanKey, &[PlanKey])> = import
        .catalog
        .dependencies
        .iter()
        .map(|dependency| (dependency.plan, &*dependency.needs_any_of))
        .collect();
    assert_eq!(
        needs,
        [
            (PlanKey(1), &[PlanKey(2)][..]),
            (PlanKey(0), &[PlanKey(2)][..])
        ]
    );
}

#[test]
fn a_replacement_retires_what_it_does_not_name_until_named_again() {
    let all: &[(&str, &[&str])] = &[("a", &["x"]), ("b", &["y"])];
    let mut first = draft(CatalogImportMode::Replace, all);
    first.add_dependency(&plan("x"), &plans(&["y"]));
    let first = imported(first, None).catalog;

    let second = imported(
        draft(CatalogImportMode::Replace, &[("b", &["y", "z"])]),
        Some(&first),
    );
    let retired = &second.catalog.products[0];
    assert!(retired.retired);
    assert_eq!(retired.service_plans, [PlanKey(0)]);
    assert_eq!(second.catalog.service_plans.len(), 3);
    assert_eq!(second.catalog.dependencies, []);
    let expected = ImportCounts {
        created: 0,
        updated: 1,
        retired: 1,
    };
    assert_eq!(second.counts, expected);

    let third = imported(
        draft(CatalogImportMode::Replace, all),
        Some(&second.catalog),
    );
    assert!(!third.catalog.products[0].retired);
    assert_eq!(third.catalog.products[0], first.products[0]);
}
