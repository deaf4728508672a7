use seatkeeper_proto::v1::{
    DeleteWaitlistEntryRequest, ListWaitlistEntriesRequest, UpdateWaitlistEntryRequest,
    WaitlistEntry,
};
use tonic::Status;

use super::Caller;

const PAGE_SIZE: i32 = 20;
const PRIORITIES: usize = 10;

impl Caller {
    /// Deletes a waitlist entry, or changes its priority.
    pub(super) async fn queue(&mut self) -> Result<(), Status> {
        let mut waitlist = self.fixture.connection.waitlist();
        let list = ListWaitlistEntriesRequest {
            parent: self.entitlement(),
            page_size: PAGE_SIZE,
            ..ListWaitlistEntriesRequest::default()
        };
        let waiting = waitlist.list_waitlist_entries(list).await?.into_inner();
        if waiting.waitlist_entries.is_empty() {
            return Ok(());
        }
        let name = self.rng.pick(&waiting.waitlist_entries).name.clone();
        if self.rng.one_in(2) {
            let delete = DeleteWaitlistEntryRequest {
                name,
                ..DeleteWaitlistEntryRequest::default()
            };
            return waitlist.delete_waitlist_entry(delete).await.map(drop);
        }
        let update = UpdateWaitlistEntryRequest {
            waitlist_entry: Some(WaitlistEntry {
                name,
                priority: i32::try_from(self.rng.below(PRIORITIES)).unwrap(),
                ..WaitlistEntry::default()
            }),
            update_mask: Some(prost_types::FieldMask {
                paths: vec!["priority".to_owned()],
            }),
        };
        waitlist.update_waitlist_entry(update).await.map(drop)
    }
}
