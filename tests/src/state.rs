use seatkeeper_proto::v1::{
    Batch, Entitlement, License, ListBatchesRequest, ListEntitlementsRequest, ListLicensesRequest,
};

use crate::Connection;

const PAGE_SIZE: i32 = 1000;

/// A customer's state, compared before and after a call that must change nothing.
#[derive(Debug, PartialEq)]
pub struct State {
    /// All licenses.
    pub licenses: Vec<License>,
    /// All batches.
    pub batches: Vec<Batch>,
    /// All entitlements.
    pub entitlements: Vec<Entitlement>,
}

impl State {
    /// Reads the state of a customer.
    pub async fn of(connection: &Connection, customer: &str) -> Self {
        Self {
            licenses: licenses(connection, customer).await,
            batches: batches(connection, customer).await,
            entitlements: entitlements(connection, customer).await,
        }
    }
}

async fn licenses(connection: &Connection, customer: &str) -> Vec<License> {
    let mut request = ListLicensesRequest {
        parent: format!("{customer}/users/-"),
        page_size: PAGE_SIZE,
        ..ListLicensesRequest::default()
    };
    let mut all = Vec::new();
    loop {
        let answer = connection.licenses().list_licenses(request.clone()).await;
        let page = answer.unwrap().into_inner();
        all.extend(page.licenses);
        if page.next_page_token.is_empty() {
            return all;
        }
        request.page_token = page.next_page_token;
    }
}

async fn batches(connection: &Connection, customer: &str) -> Vec<Batch> {
    let request = ListBatchesRequest {
        parent: customer.to_owned(),
        page_size: PAGE_SIZE,
        ..ListBatchesRequest::default()
    };
    let answer = connection.batches().list_batches(request).await;
    answer.unwrap().into_inner().batches
}

async fn entitlements(connection: &Connection, customer: &str) -> Vec<Entitlement> {
    let request = ListEntitlementsRequest {
        parent: customer.to_owned(),
        page_size: PAGE_SIZE,
        ..ListEntitlementsRequest::default()
    };
    let answer = connection.entitlements().list_entitlements(request).await;
    answer.unwrap().into_inner().entitlements
}
