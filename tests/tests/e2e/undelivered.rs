use seatkeeper_proto::v1::journal_service_client::JournalServiceClient;
use seatkeeper_proto::v1::{ErrorReason, ListJournalEntriesRequest};
use seatkeeper_tests::{Scene, on_each_database, refused};
use tonic::Code;

async fn a_method_says_that_it_is_still_to_come(scene: Scene) {
    let mut journal = JournalServiceClient::new(scene.connection.channel());
    let answer = journal
        .list_journal_entries(ListJournalEntriesRequest::default())
        .await;
    refused(answer).is(Code::Unimplemented, ErrorReason::NotImplemented);
}

on_each_database! {
    a_method_says_that_it_is_still_to_come,
}
