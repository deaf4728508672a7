//! All calls that list by page.

use seatkeeper_proto::v1::{
    CheckProductEligibilityRequest, ListAssignedUsersRequest, ListBatchResultsRequest,
    ListBatchesRequest, ListCatalogRulesRequest, ListCustomersRequest, ListEntitlementsRequest,
    ListJournalEntriesRequest, ListLicensesRequest, ListProductsRequest, ListSelectionUsersRequest,
    ListSelectionsRequest, ListServicePlansRequest, ListUsersRequest, ListWaitlistEntriesRequest,
    ShortagePolicy, SummarizeLicensesRequest,
};
use seatkeeper_tests::{Fixture, OwnServer, assign, everyone, product};
use tonic::Status;

/// The lists; a list with several orders occurs once per order.
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

/// A customer with several pages in every list.
pub(super) struct Listed {
    pub(super) own: OwnServer,
    batch: String,
}

/// Requests a page of one item and returns the next page token.
macro_rules! next {
    ($fixture:expr, $token:expr, $client:ident.$method:ident($request:expr)) => {{
        let given = $request;
        let mut request = given;
        request.page_size = 1;
        request.page_token = $token.to_owned();
        let answer = $fixture.connection.$client().$method(request).await?;
        Ok(answer.into_inner().next_page_token)
    }};
}

impl Listed {
    pub(super) async fn populate(own: OwnServer) -> Self {
        let fixture = &own.fixture;
        Fixture::on(&own.server).await;
        fixture.add_users(4).await;
        for (product, seats) in [("suite", 2), ("lite", 2)] {
            fixture.buy(product, seats).await;
        }
        let mut batch = String::new();
        for _ in 0..2 {
            let mut request = fixture.request(assign(&["suite"]), everyone());
            request.shortage_policy = ShortagePolicy::Waitlist.into();
            batch = fixture.run(request).await.batch();
        }
        for selection in ["one", "other"] {
            fixture.save(selection, Some(everyone())).await;
        }
        Self { own, batch }
    }

    /// The same customer on another server of the same database.
    pub(super) async fn beside(&self) -> Self {
        let server = self.own.server.start_beside();
        let fixture = self.own.fixture.at(&server).await;
        Self {
            own: OwnServer { server, fixture },
            batch: self.batch.clone(),
        }
    }

    /// The next page token after `token`. An empty token requests the first page.
    pub(super) async fn next(&self, list: &str, token: &str) -> Result<String, Status> {
        let fixture = &self.own.fixture;
        let parent = fixture.customer.clone();
        let ordered = |method: &str| {
            let order = list.strip_prefix(method).unwrap_or_default();
            order.trim_start_matches(" by ").to_owned()
        };
        match list.split(' ').next().unwrap() {
            "ListCustomers" => {
                next!(
                    fixture,
                    token,
                    customers.list_customers(ListCustomersRequest::default())
                )
            }
            "ListUsers" => next!(
                fixture,
                token,
                directory.list_users(ListUsersRequest {
                    parent,
                    order_by: ordered("ListUsers"),
                    ..ListUsersRequest::default()
                })
            ),
            "ListProducts" => {
                next!(
                    fixture,
                    token,
                    catalog.list_products(ListProductsRequest::default())
                )
            }
            "ListServicePlans" => {
                next!(
                    fixture,
                    token,
                    catalog.list_service_plans(ListServicePlansRequest {
                        parent: product("-"),
                        ..ListServicePlansRequest::default()
                    })
                )
            }
            "ListSelections" => {
                next!(
                    fixture,
                    token,
                    selections.list_selections(ListSelectionsRequest {
                        parent,
                        ..ListSelectionsRequest::default()
                    })
                )
            }
            "ListSelectionUsers" => {
                next!(
                    fixture,
                    token,
                    selections.list_selection_users(ListSelectionUsersRequest {
                        parent: fixture.selection("one"),
                        order_by: ordered("ListSelectionUsers"),
                        ..ListSelectionUsersRequest::default()
                    })
                )
            }
            _ => self.next_of_seats(list, token).await,
        }
    }

    async fn next_of_seats(&self, list: &str, token: &str) -> Result<String, Status> {
        let fixture = &self.own.fixture;
        let parent = fixture.customer.clone();
        match list {
            "ListCatalogRules" => {
                next!(
                    fixture,
                    token,
                    catalog.list_catalog_rules(ListCatalogRulesRequest::default())
                )
            }
            "ListEntitlements" => {
                next!(
                    fixture,
                    token,
                    entitlements.list_entitlements(ListEntitlementsRequest {
                        parent,
                        ..ListEntitlementsRequest::default()
                    })
                )
            }
            "ListWaitlistEntries" => {
                next!(
                    fixture,
                    token,
                    waitlist.list_waitlist_entries(ListWaitlistEntriesRequest {
                        parent: fixture.entitlement_name("-"),
                        ..ListWaitlistEntriesRequest::default()
                    })
                )
            }
            "ListBatches" => next!(
                fixture,
                token,
                batches.list_batches(ListBatchesRequest {
                    parent,
                    ..ListBatchesRequest::default()
                })
            ),
            "ListBatchResults" => {
                next!(
                    fixture,
                    token,
                    batches.list_batch_results(ListBatchResultsRequest {
                        name: self.batch.clone(),
                        ..ListBatchResultsRequest::default()
                    })
                )
            }
            "ListJournalEntries" => {
                next!(
                    fixture,
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
        let fixture = &self.own.fixture;
        let parent = fixture.customer.clone();
        let products = ["suite", "lite", "addon"].map(product).to_vec();
        match list {
            "ListLicenses" => next!(
                fixture,
                token,
                licenses.list_licenses(ListLicensesRequest {
                    parent: fixture.user("-"),
                    ..ListLicensesRequest::default()
                })
            ),
            "ListAssignedUsers" => {
                next!(
                    fixture,
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
                    fixture,
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
                fixture,
                token,
                licenses.check_product_eligibility(CheckProductEligibilityRequest {
                    name: fixture.user("u1"),
                    products,
                    ..CheckProductEligibilityRequest::default()
                })
            ),
            other => panic!("unknown list {other}"),
        }
    }
}
