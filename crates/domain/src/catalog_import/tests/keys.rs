use std::collections::BTreeMap;

use super::*;

/// A small import: the plans of each product, and pairs of plans with a dependency.
#[derive(Debug, Clone)]
struct Rows {
    mode: CatalogImportMode,
    bundles: BTreeMap<u8, Vec<u8>>,
    needs: Vec<(u8, u8)>,
}

impl Rows {
    fn draft(&self) -> CatalogDraft {
        let mut draft = CatalogDraft::new(self.mode);
        for (&id, bundled) in &self.bundles {
            let product = product(&format!("product{id}"));
            draft.add_product(&product, &format!("Product {id}"), "P", AppliesTo::User);
            for part in bundled {
                let plan = plan(&format!("plan{part}"));
                draft.add_service_plan(&plan, "S", "S", AppliesTo::User);
                draft.add_product_plan(&product, &plan);
            }
        }
        for &(needy, needed) in self.needs.iter().filter(|(a, b)| a != b) {
            draft.add_dependency(
                &plan(&format!("plan{needy}")),
                &[plan(&format!("plan{needed}"))],
            );
        }
        draft
    }
}

fn rows() -> impl Strategy<Value = Rows> {
    (
        prop_oneof![
            Just(CatalogImportMode::Merge),
            Just(CatalogImportMode::Replace)
        ],
        prop::collection::btree_map(0..12_u8, prop::collection::vec(0..20_u8, 0..6), 1..8),
        prop::collection::vec((0..24_u8, 0..24_u8), 0..4),
    )
        .prop_map(|(mode, bundles, needs)| Rows {
            mode,
            bundles,
            needs,
        })
}

proptest! {
    #[test]
    fn keys_stay_and_are_numbered_without_gaps(imports in prop::collection::vec(rows(), 1..6)) {
        let mut before = Catalog::default();
        for rows in imports {
            let after = imported(rows.draft(), Some(&before)).catalog;
            for (known, now) in before.products.iter().zip(&after.products) {
                prop_assert_eq!((known.key, &known.id), (now.key, &now.id));
            }
            for (known, now) in before.service_plans.iter().zip(&after.service_plans) {
                prop_assert_eq!((known.key, &known.id), (now.key, &now.id));
            }
            prop_assert!(after.products.len() >= before.products.len());
            prop_assert!(after.service_plans.len() >= before.service_plans.len());
            for (index, product) in after.products.iter().enumerate() {
                prop_assert_eq!(product.key.index(), index);
                prop_assert!(product.service_plans.is_sorted_by(|a, b| a < b));
            }
            for (index, plan) in after.service_plans.iter().enumerate() {
                prop_assert_eq!(plan.key.index(), index);
            }
            before = after;
        }
    }

    #[test]
    fn the_same_import_twice_changes_nothing(first in rows(), rows in rows()) {
        let before = imported(first.draft(), None).catalog;
        let once = imported(rows.draft(), Some(&before)).catalog;
        let twice = imported(rows.draft(), Some(&once));
        prop_assert_eq!(&twice.catalog, &once);
        prop_assert_eq!(twice.counts, ImportCounts::default());
    }

    #[test]
    fn exactly_what_a_replacement_names_is_not_retired(first in rows(), second in rows()) {
        let before = imported(first.draft(), None).catalog;
        let second = Rows { mode: CatalogImportMode::Replace, ..second };
        let after = imported(second.draft(), Some(&before)).catalog;
        for product in &after.products {
            let is_named = second
                .bundles
                .keys()
                .any(|id| product.id.as_str() == format!("product{id}"));
            prop_assert_eq!(product.retired, !is_named);
        }
    }
}
