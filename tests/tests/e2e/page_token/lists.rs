//! Every call that lists by page.

use seatkeeper_proto::v1::{
    CheckProductEligibilityRequest, ListAssignedUsersRequest, ListBatchResultsRequest,
    ListBatchesRequest, ListCatalogRulesRequest, ListCustomersRequest, ListEntitlementsRequest,
    ListJournalEntriesRequest, ListLicensesRequest, ListProductsRequest, ListSelectionUsersRequest,
    ListSelectionsRequest, ListServicePlansRequest, ListUsersRequest, ListWaitlistEntriesRequest,
    ShortagePolicy, SummarizeLicensesRequest,
};
use seatkeeper_tests::{Own, Scene, assign, everyone, product};
use tonic::Status;

/// The lists, some of them once for each of their orders.
pub(super) const LISTS: [&str; 19] = [
    "ListCustomers",
    "ListUsers",
    "ListUsers by display_name",
    "ListUsers by update_time",
    "ListProducts",
    "ListServicePlans",
    "ListCatalogRules",
    "ListEntitlements",
    "ListLicenses",
    "ListAssignedUsers",
    "SummarizeLicenses",
    "CheckProductEligibility",
    "ListWaitlistEntries",
    "ListBatches",
    "ListBatchResults",
    "ListSelections",
    "ListSelectionUsers",
    "ListSelectionUsers by update_time",
    "ListJournalEntries",
];

/// A customer of whom every list has several pages.
pub(super) struct Listed {
    pub(super) own: Own,
    batch: String,
}

/// The second page's token of one list, asked for with pages of one item.
macro_rules! next {
    ($scene:expr, $token:expr, $client:ident.$method:ident($request:expr)) => {{
        let given = $request;
        let mut request = given;
        request.page_size = 1;
        request.page_token = $token.to_owned();
        let answer = $scene.connection.$client().$method(request).await?;
        Ok(answer.into_inner().next_page_token)
    }};
}

impl Listed {
    pub(super) async fn furnish(own: Own) -> Self {
        let scene = &own.scene;
        Scene::on(&own.server).await;
        scene.add_users(4).await;
        for (product, seats) in [("suite", 2), ("lite", 2)] {
            scene.buy(product, seats).await;
        }
        let mut batch = String::new();
        for _ in 0..2 {
            let mut request = scene.request(assign(&["suite"]), everyone());
            request.shortage_policy = ShortagePolicy::Waitlist.into();
            batch = scene.run(request).await.batch();
        }
        for selection in ["one", "other"] {
            scene.save(selection, Some(everyone())).await;
        }
        Self { own, batch }
    }

    /// The same on another server of the same database.
    pub(super) async fn beside(&self) -> Self {
        let server = self.own.server.start_beside();
        let scene = self.own.scene.at(&server).await;
        Self {
            own: Own { server, scene },
            batch: self.batch.clone(),
        }
    }

    /// The token of the page after the one that `token` names, the first when it is empty.
    pub(super) async fn next(&self, list: &str, token: &str) -> Result<String, Status> {
        let scene = &self.own.scene;
        let parent = scene.customer.clone();
        let ordered = |method: &str| {
            let order = list.strip_prefix(method).unwrap_or_default();
            order.trim_start_matches(" by ").to_owned()
        };
        match list.split(' ').next().unwrap() {
            "ListCustomers" => {
                next!(
                    scene,
                    token,
                    customers.list_customers(ListCustomersRequest::default())
                )
            }
            "ListUsers" => next!(
                scene,
                token,
                directory.list_users(ListUsersRequest {
                    parent,
                    order_by: ordered("ListUsers"),
                    ..ListUsersRequest::default()
                })
            ),
            "ListProducts" => {
                next!(
                    scene,
                    token,
                    catalog.list_products(ListProductsRequest::default())
                )
            }
            "ListServicePlans" => {
                next!(
                    scene,
                    token,
                    catalog.list_service_plans(ListServicePlansRequest {
                        parent: product("-"),
                        ..ListServicePlansRequest::default()
                    })
                )
            }
            "ListSelections" => {
                next!(
                    scene,
                    token,
                    selections.list_selections(ListSelectionsRequest {
                        parent,
                        ..ListSelectionsRequest::default()
                    })
                )
            }
            "ListSelectionUsers" => {
                next!(
                    scene,
                    token,
                    selections.list_selection_users(ListSelectionUsersRequest {
                        parent: scene.selection("one"),
                        order_by: ordered("ListSelectionUsers"),
                        ..ListSelectionUsersRequest::default()
                    })
                )
            }
            _ => self.next_of_seats(list, token).await,
        }
    }

    async fn next_of_seats(&self, list: &str, token: &str) -> Result<String, Status> {
        let scene = &self.own.scene;
        let parent = scene.customer.clone();
        match list {
            "ListCatalogRules" => {
                next!(
                    scene,
                    token,
                    catalog.list_catalog_rules(ListCatalogRulesRequest::default())
                )
            }
            "ListEntitlements" => {
                next!(
                    scene,
                    token,
                    entitlements.list_entitlements(ListEntitlementsRequest {
                        parent,
                        ..ListEntitlementsRequest::default()
                    })
                )
            }
            "ListWaitlistEntries" => {
                next!(
                    scene,
                    token,
                    waitlist.list_waitlist_entries(ListWaitlistEntriesRequest {
                        parent: scene.entitlement_name("-"),
                        ..ListWaitlistEntriesRequest::default()
                    })
                )
            }
            "ListBatches" => next!(
                scene,
                token,
                batches.list_batches(ListBatchesRequest {
                    parent,
                    ..ListBatchesRequest::default()
                })
            ),
            "ListBatchResults" => {
                next!(
                    scene,
                    token,
                    batches.list_batch_results(ListBatchResultsRequest {
                        name: self.batch.clone(),
                        ..ListBatchResultsRequest::default()
                    })
                )
            }
            "ListJournalEntries" => {
                next!(
                    scene,
                    token,
                    journal.list_journal_entries(ListJournalEntriesRequest {
                        parent,
                        ..ListJournalEntriesRequest::default()
                    })
                )
            }
            _ => self.next_of_licenses(list, token).await,
        }
    }

    async fn next_of_licenses(&self, list: &str, token: &str) -> Result<String, Status> {
        let scene = &self.own.scene;
        let parent = scene.customer.clone();
        let products = ["suite", "lite", "addon"].map(product).to_vec();
        match list {
            "ListLicenses" => next!(
                scene,
                token,
                licenses.list_licenses(ListLicensesRequest {
                    parent: scene.user("-"),
                    ..ListLicensesRequest::default()
                })
            ),
            "ListAssignedUsers" => {
                next!(
                    scene,
                    token,
                    licenses.list_assigned_users(ListAssignedUsersRequest {
                        parent,
                        selection: Some(everyone()),
                        product: product("suite"),
                        ..ListAssignedUsersRequest::default()
                    })
                )
            }
            "SummarizeLicenses" => {
                next!(
                    scene,
                    token,
                    licenses.summarize_licenses(SummarizeLicensesRequest {
                        parent,
                        selection: Some(everyone()),
                        products,
                        ..SummarizeLicensesRequest::default()
                    })
                )
            }
            "CheckProductEligibility" => next!(
                scene,
                token,
                licenses.check_product_eligibility(CheckProductEligibilityRequest {
                    name: scene.user("u1"),
                    products,
                    ..CheckProductEligibilityRequest::default()
                })
            ),
            other => panic!("{other} is no list"),
        }
    }
}
