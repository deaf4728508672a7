//! What the contract has and this version does not do says so.

use seatkeeper_proto::v1;
use seatkeeper_proto::v1::journal_service_client::JournalServiceClient;
use tonic::{Code, Status};

use crate::world::{World, info, reason};

fn feature(status: &Status) -> String {
    assert_eq!(status.code(), Code::Unimplemented);
    assert_eq!(reason(status), "NOT_IMPLEMENTED");
    info(status).metadata["feature"].clone()
}

#[tokio::test]
async fn services_to_come_name_the_method() {
    let world = World::empty().await;
    let mut journal = JournalServiceClient::new(world.channel.clone());
    let request = v1::ListJournalEntriesRequest::default();
    let status = journal.list_journal_entries(request).await.unwrap_err();
    assert_eq!(feature(&status), "ListJournalEntries");
}
