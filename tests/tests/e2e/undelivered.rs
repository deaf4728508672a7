use seatkeeper_proto::v1::journal_service_client::JournalServiceClient;
use seatkeeper_proto::v1::{
    BatchUpdateLicensesRequest, ErrorReason, ListJournalEntriesRequest, ShortagePolicy,
};
use seatkeeper_tests::{Scene, assign, everyone, on_each_database, refused};
use tonic::Code;

async fn a_method_says_that_it_is_still_to_come(scene: Scene) {
    let mut journal = JournalServiceClient::new(scene.connection.channel());
    let answer = journal
        .list_journal_entries(ListJournalEntriesRequest::default())
        .await;
    refused(answer).is(Code::Unimplemented, ErrorReason::NotImplemented);
}

async fn a_choice_says_that_it_is_still_to_come(scene: Scene) {
    scene.add_users(1).await;
    let request = BatchUpdateLicensesRequest {
        shortage_policy: ShortagePolicy::Waitlist.into(),
        ..scene.request(assign(&["suite"]), everyone())
    };
    scene
        .refusal(request)
        .await
        .is(Code::Unimplemented, ErrorReason::NotImplemented)
        .with("feature", "WAITLIST");
}

on_each_database! {
    a_method_says_that_it_is_still_to_come,
    a_choice_says_that_it_is_still_to_come,
}
