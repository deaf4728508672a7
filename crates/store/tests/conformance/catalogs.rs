use seatkeeper_domain::{
    AppliesTo, Catalog, CatalogVersion, Dependency, ExclusionGroup, ExclusionMembers, LocationRule,
    PlanKey, Product, ProductId, ProductKey, Restricted, ServicePlan, ServicePlanId, UsageLocation,
};
use seatkeeper_store::NewCatalog;

use crate::fixture::{assert_taken, at, principal};
use crate::stores::on_every_store;

on_every_store! {
    async fn there_is_no_catalog_before_the_first_import(fixture: Fixture) {
        assert_eq!(fixture.store.latest_catalog_version().await.unwrap(), None);
        assert_eq!(fixture.store.catalog(CatalogVersion(1)).await.unwrap(), None);
    }

    async fn catalogs_are_numbered_from_one_and_all_stay(fixture: Fixture) {
        let first = fixture.store.save_catalog(new_catalog(None, "a")).await.unwrap();
        let second = fixture.store.save_catalog(new_catalog(Some(first), "b")).await.unwrap();
        assert_eq!((first, second), (CatalogVersion(1), CatalogVersion(2)));
        let latest = fixture.store.latest_catalog_version().await.unwrap();
        assert_eq!(latest, Some(second));
        for (version, name) in [(first, "a"), (second, "b")] {
            let stored = fixture.store.catalog(version).await.unwrap();
            assert_eq!(stored, Some(catalog(name)));
        }
        assert_eq!(fixture.store.catalog(CatalogVersion(3)).await.unwrap(), None);
    }

    async fn an_import_that_another_one_overtook_is_refused(fixture: Fixture) {
        let first = fixture.store.save_catalog(new_catalog(None, "a")).await.unwrap();
        let again = fixture.store.save_catalog(new_catalog(None, "late")).await;
        assert_taken(again, "catalog version");
        fixture.store.save_catalog(new_catalog(Some(first), "b")).await.unwrap();
        let stale = fixture.store.save_catalog(new_catalog(Some(first), "late")).await;
        assert_taken(stale, "catalog version");
        let future = fixture.store.save_catalog(new_catalog(Some(CatalogVersion(9)), "early")).await;
        assert_taken(future, "catalog version");
        let latest = fixture.store.latest_catalog_version().await.unwrap();
        assert_eq!(latest, Some(CatalogVersion(2)));
        assert_eq!(fixture.store.catalog(CatalogVersion(2)).await.unwrap(), Some(catalog("b")));
    }

    async fn of_imports_at_once_one_wins(fixture: Fixture) {
        let imports = (0..8).map(|number| {
            let store = fixture.store.clone();
            let name = format!("import{number}");
            tokio::spawn(async move { store.save_catalog(new_catalog(None, &name)).await })
        });
        let mut won = 0;
        for import in imports.collect::<Vec<_>>() {
            match import.await.unwrap() {
                Ok(version) => {
                    assert_eq!(version, CatalogVersion(1));
                    won += 1;
                }
                refused => assert_taken(refused, "catalog version"),
            }
        }
        assert_eq!(won, 1);
        assert_eq!(fixture.store.latest_catalog_version().await.unwrap(), Some(CatalogVersion(1)));
    }
}

fn new_catalog(previous: Option<CatalogVersion>, name: &str) -> NewCatalog {
    NewCatalog {
        previous,
        catalog: catalog(name),
        principal: principal(),
        time: at(0),
    }
}

/// A catalog that uses every feature of a catalog.
fn catalog(name: &str) -> Catalog {
    let plan = |key: u32, applies_to| ServicePlan {
        key: PlanKey(key),
        id: ServicePlanId::parse(&format!("plan{key}")).unwrap(),
        part_number: format!("PLAN_{key}"),
        display_name: format!("Plan {key} für {name}"),
        applies_to,
    };
    let product = |key: u32, plans: &[u32], applies_to, retired| Product {
        key: ProductKey(key),
        id: ProductId::parse(&format!("product{key}")).unwrap(),
        display_name: format!("Product {key} «{name}»"),
        part_number: String::new(),
        service_plans: plans.iter().copied().map(PlanKey).collect(),
        applies_to,
        retired,
    };
    let prohibited_in = ["IN", "CN"].map(|code| UsageLocation::parse(code).unwrap());
    let rule = |restricted| LocationRule {
        restricted,
        prohibited_in: prohibited_in.into(),
    };
    let group = |members| ExclusionGroup {
        display_name: name.to_owned(),
        members,
    };
    Catalog {
        products: vec![
            product(0, &[0, 700], AppliesTo::User, false),
            product(5, &[], AppliesTo::Company, true),
        ],
        service_plans: vec![plan(0, AppliesTo::User), plan(700, AppliesTo::Company)],
        exclusion_groups: vec![
            group(ExclusionMembers::ServicePlans(vec![
                PlanKey(0),
                PlanKey(700),
            ])),
            group(ExclusionMembers::Products(vec![
                ProductKey(0),
                ProductKey(5),
            ])),
        ],
        dependencies: vec![Dependency {
            plan: PlanKey(700),
            needs_any_of: vec![PlanKey(0)],
        }],
        location_rules: vec![
            rule(Restricted::Product(ProductKey(5))),
            rule(Restricted::ServicePlan(PlanKey(700))),
        ],
    }
}
