use super::*;

fn refused(draft: CatalogDraft, previous: Option<&Catalog>) -> Vec<ImportError> {
    draft.finish(previous).unwrap_err()
}

fn errors(draft: CatalogDraft) -> Vec<ImportError> {
    refused(draft, None)
}

fn errors_of(draft: CatalogDraft) -> Vec<String> {
    errors(draft).iter().map(ToString::to_string).collect()
}

fn valid() -> CatalogDraft {
    draft(CatalogImportMode::Replace, &[("a", &["x", "y"])])
}

#[test]
fn an_empty_import_is_refused() {
    let before = imported(valid(), None).catalog;
    for mode in [CatalogImportMode::Merge, CatalogImportMode::Replace] {
        for previous in [None, Some(&before)] {
            let import = CatalogDraft::new(mode);
            assert_eq!(refused(import, previous), [ImportError::Empty]);
        }
    }
}

#[test]
fn rules_alone_do_not_replace_a_catalog() {
    let before = imported(valid(), None).catalog;
    let mut rules = CatalogDraft::new(CatalogImportMode::Replace);
    rules.add_dependency(&plan("x"), &plans(&["y"]));
    assert_eq!(refused(rules, Some(&before)), [ImportError::Empty]);
}

#[test]
fn references_must_name_known_items() {
    let mut import = valid();
    import.add_product_plan(&product("a"), &plan("z"));
    import.add_product_plan(&product("b"), &plan("x"));
    import.add_location_rule(&RestrictedId::Product(product("c")), [country("CN")]);
    let members = ExclusionMemberIds::Products(vec![product("a"), product("d")]);
    import.add_exclusion_group("G", &members);
    assert_eq!(
        errors_of(import),
        [
            "product a names service plan z, which is neither in the import nor in the catalog",
            "product b names product b, which is neither in the import nor in the catalog",
            "exclusion group \"G\" names product d, which is neither in the import nor in the \
             catalog",
            "location rule of product c names product c, which is neither in the import nor \
             in the catalog",
        ]
    );
}

#[test]
fn rules_must_make_sense() {
    let mut import = valid();
    import.add_dependency(&plan("x"), &[]);
    import.add_dependency(&plan("x"), &plans(&["y", "x"]));
    import.add_location_rule(&RestrictedId::ServicePlan(plan("x")), []);
    import.add_exclusion_group(" ", &ExclusionMemberIds::ServicePlans(plans(&["x", "y"])));
    import.add_exclusion_group("one", &ExclusionMemberIds::ServicePlans(plans(&["x", "x"])));
    import.add_exclusion_group("mixed", &ExclusionMemberIds::ServicePlans(plans(&["x"])));
    import.add_exclusion_group("mixed", &ExclusionMemberIds::Products(vec![product("a")]));
    assert_eq!(
        errors_of(import),
        [
            "dependency of service plan x names no plan that would satisfy it",
            "dependency of service plan x is satisfied by the plan itself",
            "location rule of service plan x names no country",
            "an exclusion group has no name",
            "exclusion group \"one\" has 1 members, at least 2 are needed",
            "exclusion group \"mixed\" names both service plans and products; make it two groups",
        ]
    );
}

#[test]
fn texts_are_validated() {
    let mut import = valid();
    let longest = "ä".repeat(CATALOG_TEXT_LENGTH_MAX);
    import.add_product(&product("b"), &longest, "b", AppliesTo::User);
    import.add_product(&product("c"), &format!("{longest}ä"), "c", AppliesTo::User);
    import.add_service_plan(&plan("x"), "x", "a\0b", AppliesTo::User);
    assert_eq!(
        errors_of(import),
        [
            "display name of product c has 257 characters, at most 256 are allowed",
            "display name of service plan x holds the control character '\\0'",
        ]
    );
}

#[test]
fn products_are_bounded_together_with_those_before() {
    let numbered = |from: usize, to: usize| {
        let mut import = CatalogDraft::new(CatalogImportMode::Merge);
        for number in from..to {
            import.add_product(&product(&number.to_string()), "", "", AppliesTo::User);
        }
        import
    };
    let too_many = |given| ImportError::TooMany {
        what: "products",
        given,
        max: CATALOG_PRODUCTS_MAX,
    };
    let full = imported(numbered(0, CATALOG_PRODUCTS_MAX), None).catalog;
    assert_eq!(
        errors(numbered(0, CATALOG_PRODUCTS_MAX + 3)),
        [too_many(CATALOG_PRODUCTS_MAX + 3)]
    );
    let one_more = numbered(CATALOG_PRODUCTS_MAX, CATALOG_PRODUCTS_MAX + 1);
    assert_eq!(
        refused(one_more, Some(&full)),
        [too_many(CATALOG_PRODUCTS_MAX + 1)]
    );
}

#[test]
fn parts_of_a_product_or_rule_are_bounded() {
    let mut import = valid();
    let ids: Vec<ServicePlanId> = (0..=EXCLUSION_MEMBERS_MAX)
        .map(|number| plan(&number.to_string()))
        .collect();
    for id in &ids {
        import.add_service_plan(id, "", "", AppliesTo::User);
        import.add_product_plan(&product("a"), id);
    }
    import.add_exclusion_group("G", &ExclusionMemberIds::ServicePlans(ids.clone()));
    import.add_dependency(&plan("x"), &ids[..=DEPENDENCY_ALTERNATIVES_MAX]);
    assert_eq!(
        errors_of(import),
        [
            "product a has 1003 service plans, at most 1000 are allowed",
            "exclusion group \"G\" has 1001 members, at most 1000 are allowed",
            "dependency of service plan x has 101 alternatives, at most 100 are allowed",
        ]
    );
}

#[test]
fn only_the_first_errors_are_reported() {
    let mut import = valid();
    for _ in 0..=IMPORT_ERRORS_MAX {
        import.add_dependency(&plan("x"), &[]);
    }
    assert_eq!(errors(import).len(), IMPORT_ERRORS_MAX);
}
