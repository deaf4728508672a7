use seatkeeper_domain::{BatchMode, Principal, ShortagePolicy, UserId, UserState, ViolationType};
use seatkeeper_engine::{CheckProductEligibility, Eligibilities, Eligibility, UpdateUserLicenses};

use crate::fixture::{Fixture, PRODUCTS, change, users};
use crate::stores::on_every_store;
use crate::summary::page;

on_every_store! {
    async fn eligibility_violations_equal_those_of_a_dry_run(fixture: Fixture) {
        let states = [
            ("free", "CH", UserState::Active),
            ("mail", "CH", UserState::Active),
            ("india", "IN", UserState::Active),
            ("nowhere", "", UserState::Active),
            ("blocked", "CH", UserState::Blocked),
        ];
        fixture.add(states.to_vec()).await;
        fixture.buy("suite", 3).await;
        fixture.buy("addon", 1).await;
        fixture.assign("suite", users(&["mail"])).await;
        for (user, ..) in states {
            for found in check(&fixture, user, &PRODUCTS).await.eligibilities {
                let product = PRODUCTS[found.product.index()];
                if found.held {
                    assert_eq!((user, product), ("mail", "suite"));
                    continue;
                }
                let dry = dry_run(&fixture, user, product).await;
                assert_eq!(found.violations, dry, "{product} for {user}");
            }
        }
        assert_eq!(fixture.holdings().await, ["mail:suite"]);
    }

    async fn every_entitled_product_is_checked_by_itself(fixture: Fixture) {
        fixture.add_users(1).await;
        fixture.buy("suite", 1).await;
        fixture.buy("lite", 1).await;
        let found = check(&fixture, "u1", &[]).await.eligibilities;
        // Assigned together, they would exclude one another.
        let described: Vec<_> = found.iter().map(described).collect();
        assert_eq!(described, [("lite", vec![]), ("suite", vec![])]);
    }

    async fn a_missing_seat_stands_against_a_product(fixture: Fixture) {
        fixture.add_users(2).await;
        fixture.buy("suite", 1).await;
        fixture.assign("suite", users(&["u1"])).await;
        let found = check(&fixture, "u2", &["suite"]).await.eligibilities;
        assert_eq!(described(&found[0]), ("suite", vec![ViolationType::SeatsExhausted]));
        assert!(found[0].plans_to_disable.is_empty());
        assert!(check(&fixture, "u1", &["suite"]).await.eligibilities[0].held);
    }

    async fn a_plan_in_the_way_is_named_where_it_is_not_the_only_one(fixture: Fixture) {
        fixture.add_users(1).await;
        for product in PRODUCTS {
            fixture.buy(product, 1).await;
        }
        fixture.assign("lite", users(&["u1"])).await;
        let found = check(&fixture, "u1", &["suite", "addon"]).await.eligibilities;
        assert_eq!(described(&found[0]), ("suite", vec![ViolationType::MutuallyExclusive]));
        let plans: Vec<_> = found[0].plans_to_disable.iter().map(|plan| plan.0).collect();
        assert_eq!(plans, [0]);
        // The addon can't be assigned without its only plan.
        assert_eq!(described(&found[1]), ("addon", vec![ViolationType::DependencyMissing]));
        assert!(found[1].plans_to_disable.is_empty());
    }
}

async fn check(fixture: &Fixture, user: &str, products: &[&str]) -> Eligibilities {
    let check = CheckProductEligibility {
        customer: fixture.customer.clone(),
        user: UserId::parse(user).unwrap(),
        page: page(products, None, 10),
    };
    fixture
        .engine
        .check_product_eligibility(check)
        .await
        .unwrap()
}

async fn dry_run(
    fixture: &Fixture,
    user: &str,
    product: &str,
) -> Vec<seatkeeper_domain::Violation> {
    let update = UpdateUserLicenses {
        customer: fixture.customer.clone(),
        user: UserId::parse(user).unwrap(),
        change: change(&[product], &[]),
        mode: BatchMode::PerUser,
        shortage: ShortagePolicy::AssignUntilExhausted,
        revision: None,
        report_licenses: false,
        request_id: None,
        validate_only: true,
        principal: Principal::local(),
    };
    let updated = fixture.engine.update_user_licenses(update).await.unwrap();
    updated.changes.plan.decisions[0].products[0]
        .violations
        .clone()
}

fn described(found: &Eligibility) -> (&'static str, Vec<ViolationType>) {
    let violations = found.violations.iter();
    let types = violations.map(seatkeeper_domain::Violation::violation_type);
    (PRODUCTS[found.product.index()], types.collect())
}
