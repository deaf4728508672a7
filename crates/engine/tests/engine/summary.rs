use seatkeeper_domain::{ProductId, UserState};
use seatkeeper_engine::{LicenseSummaries, ProductPage, Selector, SummarizeLicenses};

use crate::fixture::{Fixture, PRODUCTS, users};
use crate::stores::on_every_store;

on_every_store! {
    async fn holders_and_seats_of_every_entitled_product_are_reported(fixture: Fixture) {
        fixture.add_users(5).await;
        fixture.buy("suite", 4).await;
        fixture.buy("addon", 1).await;
        fixture.assign("suite", users(&["u1", "u2", "u3"])).await;
        let found = summarize(&fixture, users(&["u2", "u3", "u4", "u5"])).await;
        assert_eq!(described(&found), [
            "addon: 0 of 4 hold it, 0 of 1 assigned, 1 available, 3 short",
            "suite: 2 of 4 hold it, 3 of 4 assigned, 1 available, 1 short",
        ]);
    }

    async fn everyone_is_counted_without_being_listed(fixture: Fixture) {
        fixture.add_users(5).await;
        fixture.buy("suite", 9).await;
        fixture.assign("suite", Selector::All).await;
        let found = summarize(&fixture, Selector::All).await;
        let expected = ["suite: 5 of 5 hold it, 5 of 9 assigned, 4 available, 0 short"];
        assert_eq!(described(&found), expected);
    }

    async fn seats_that_are_over_assigned_do_not_add_to_what_is_short(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 1).await;
        fixture.assign("suite", users(&["u1"])).await;
        let found = summarize(&fixture, users(&["u1", "u2", "u3", "u3", "nobody"])).await;
        assert_eq!(found.unknown, 1);
        let expected = ["suite: 1 of 3 hold it, 1 of 1 assigned, 0 available, 2 short"];
        assert_eq!(described(&found), expected);
    }

    async fn plans_are_counted_through_their_product(fixture: Fixture) {
        fixture.add_users(3).await;
        fixture.buy("suite", 3).await;
        let mut request = fixture.request(&["suite"], &[]);
        request.change.assign[0].disabled_plans =
            vec![seatkeeper_domain::ServicePlanId::parse("chat").unwrap()];
        fixture.run(request, users(&["u1"])).await;
        fixture.assign("suite", users(&["u2"])).await;
        let found = summarize(&fixture, Selector::All).await;
        let plans = &found.summaries[0].plans;
        let plans: Vec<_> = plans.iter().map(|(plan, enabled)| (plan.0, *enabled)).collect();
        assert_eq!(plans, [(0, 2), (1, 1)]);
    }

    async fn products_can_be_named_and_come_in_that_order(fixture: Fixture) {
        fixture.add(vec![("u1", "CH", UserState::Active)]).await;
        fixture.buy("suite", 1).await;
        let named = page(&["suite", "lite", "suite"], None, 10);
        let found = ask(&fixture, Selector::All, named).await;
        assert_eq!(described(&found), [
            "suite: 0 of 1 hold it, 0 of 1 assigned, 1 available, 0 short",
            "lite: 0 of 1 hold it, 0 of 0 assigned, 0 available, 1 short",
        ]);
    }

    async fn pages_walk_the_products(fixture: Fixture) {
        fixture.add_users(1).await;
        for product in PRODUCTS {
            fixture.buy(product, 1).await;
        }
        for named in [&[][..], &["suite", "lite", "addon"]] {
            let whole = ask(&fixture, Selector::All, page(named, None, 10)).await;
            let mut walked = Vec::new();
            let mut after = None;
            loop {
                let found = ask(&fixture, Selector::All, page(named, after, 2)).await;
                walked.extend(found.summaries);
                after = found.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(walked, whole.summaries);
            assert_eq!(walked.len(), 3);
        }
    }
}

pub(crate) fn page(products: &[&str], after: Option<ProductId>, limit: usize) -> ProductPage {
    let products = products.iter().map(|id| ProductId::parse(id).unwrap());
    ProductPage {
        products: products.collect(),
        after,
        limit,
    }
}

async fn summarize(fixture: &Fixture, selector: Selector) -> LicenseSummaries {
    ask(fixture, selector, page(&[], None, 10)).await
}

async fn ask(fixture: &Fixture, selector: Selector, page: ProductPage) -> LicenseSummaries {
    let question = SummarizeLicenses {
        customer: fixture.customer.clone(),
        selector,
        page,
    };
    fixture.engine.summarize_licenses(question).await.unwrap()
}

fn described(found: &LicenseSummaries) -> Vec<String> {
    let summaries = found.summaries.iter();
    summaries
        .map(|summary| {
            format!(
                "{}: {} of {} hold it, {} of {} assigned, {} available, {} short",
                PRODUCTS[summary.product.index()],
                summary.holders,
                found.users,
                summary.assigned,
                summary.purchased,
                summary.available,
                summary.short
            )
        })
        .collect()
}
