//! What the contract has and this version does not do says so.

use seatkeeper_proto::v1::journal_service_client::JournalServiceClient;
use seatkeeper_proto::v1::selection_service_client::SelectionServiceClient;
use seatkeeper_proto::v1::{self, user_selector::Kind};
use tonic::{Code, Status};

use crate::world::{CUSTOMER, World, batch, info, reason, selection};

fn feature(status: &Status) -> String {
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(reason(status), "NOT_IMPLEMENTED");
    info(status).metadata["feature"].clone()
}

#[tokio::test]
async fn services_to_come_name_the_method() {
    let world = World::empty().await;
    let mut selections = SelectionServiceClient::new(world.channel.clone());
    let status = selections
        .get_selection(v1::GetSelectionRequest::default())
        .await
        .unwrap_err();
    assert_eq!(feature(&status), "GetSelection");
    let mut journal = JournalServiceClient::new(world.channel.clone());
    let request = v1::ListJournalEntriesRequest::default();
    let status = journal.list_journal_entries(request).await.unwrap_err();
    assert_eq!(feature(&status), "ListJournalEntries");
}

#[tokio::test]
async fn saved_selections_are_still_to_come() {
    let world = World::with_users(1, 1).await;
    let selection = selection(Kind::SavedSelection(format!(
        "{CUSTOMER}/selections/ticked"
    )));
    let request = v1::BatchUpdateLicensesRequest {
        selection,
        ..batch()
    };
    let status = world
        .licenses()
        .batch_update_licenses(request)
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(feature(&status), "a saved selection");
}
