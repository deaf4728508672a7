crate::named! {
    /// A failpoint: around every write, commit, publication and lease step.
    Point {
        /// A transaction has its turn in this process and does not exist yet.
        TurnTaken = "turn-taken",
        /// A transaction has begun and holds no lock.
        TransactionBegun = "transaction-begun",
        /// A transaction holds its customer's lock and has done nothing.
        CustomerLocked = "customer-locked",
        /// A chunk's revocations are written.
        LicensesRevoked = "licenses-revoked",
        /// A chunk's changes of plans are written.
        LicensesUpdated = "licenses-updated",
        /// A chunk's assignments are written.
        LicensesAssigned = "licenses-assigned",
        /// The seats that a chunk takes and frees are counted.
        SeatsCounted = "seats-counted",
        /// The sets of who holds what are written.
        HoldersSaved = "holders-saved",
        /// Users have joined queues for seats.
        WaitlistJoined = "waitlist-joined",
        /// Users have left queues for seats.
        WaitlistLeft = "waitlist-left",
        /// A user who waits has another priority.
        WaitlistPrioritized = "waitlist-prioritized",
        /// Seats that a transaction frees are about to be allocated to waitlists.
        WaitlistAllocating = "waitlist-allocating",
        /// An entry is in the journal.
        EntryAppended = "entry-appended",
        /// Users are in the directory.
        UsersInserted = "users-inserted",
        /// Users are changed.
        UsersUpdated = "users-updated",
        /// A user is deleted.
        UserDeleted = "user-deleted",
        /// An entitlement's purchases are written.
        EntitlementSaved = "entitlement-saved",
        /// The seats set aside for a batch are written.
        ReservationsReplaced = "reservations-replaced",
        /// A request id is about to be recorded.
        IdempotencyInsertBegun = "idempotency-insert-begun",
        /// A request id is recorded.
        IdempotencyInserted = "idempotency-inserted",
        /// A batch has its row.
        BatchInserted = "batch-inserted",
        /// A batch's row is written anew.
        BatchSaved = "batch-saved",
        /// A batch's row is gone, with its segments and reservations.
        BatchDeleted = "batch-deleted",
        /// A segment of a frozen selection is written.
        SegmentsAppended = "segments-appended",
        /// A batch that is removed is hidden, with its request id.
        BatchHidden = "batch-hidden",
        /// Segments of a batch that is removed are gone.
        SegmentsRemoved = "segments-removed",
        /// A batch that was kept long enough is gone.
        BatchRemoved = "batch-removed",
        /// Request ids past their retention are deleted.
        OldIdempotencyRecordsDeleted = "old-idempotency-records-deleted",
        /// What old entries did to licenses is in the checkpoint of the journal.
        CheckpointLicensesSaved = "checkpoint-licenses-saved",
        /// A journal has its new checkpoint, and the entries it stands for are still there.
        CheckpointSaved = "checkpoint-saved",
        /// Old entries of a journal are gone.
        EntriesRemoved = "entries-removed",
        /// A step of the retention job is committed.
        RetentionCommitted = "retention-committed",
        /// A customer's rows are deleted.
        CustomerDeleted = "customer-deleted",
        /// A customer and its first entry are written.
        CustomerCreated = "customer-created",
        /// A catalog is written.
        CatalogSaved = "catalog-saved",
        /// A customer's counters are written; next comes COMMIT.
        CountersSaved = "counters-saved",
        /// COMMIT has returned and nobody was told.
        Committed = "committed",
        /// A step of freezing holds the lock.
        FreezeStepBegun = "freeze-step-begun",
        /// A step of freezing has written its users.
        FreezeStepWritten = "freeze-step-written",
        /// A step of freezing that was not the last is committed.
        FreezeStepCommitted = "freeze-step-committed",
        /// A batch is about to be accepted.
        AcceptBegun = "accept-begun",
        /// A batch's seats are set aside, and it is not accepted yet.
        AcceptReserved = "accept-reserved",
        /// A batch is accepted, and nothing of it committed.
        AcceptWritten = "accept-written",
        /// The acceptance of a batch is committed, and it has no worker.
        AcceptCommitted = "accept-committed",
        /// What was frozen of a refused batch is about to be removed.
        AbandonBegun = "abandon-begun",
        /// A worker is about to ask for the lock for its next chunk.
        ChunkBegun = "chunk-begun",
        /// A chunk holds the lock, and its lease was found to be ours.
        ChunkFenced = "chunk-fenced",
        /// The state of a chunk's users is read.
        ChunkLoaded = "chunk-loaded",
        /// A chunk is decided.
        ChunkDecided = "chunk-decided",
        /// A chunk's decisions are written and journaled.
        ChunkRecorded = "chunk-recorded",
        /// A chunk's batch has moved on; next comes the end of the transaction.
        ChunkWritten = "chunk-written",
        /// A chunk is committed, and no follower was told.
        ChunkCommitted = "chunk-committed",
        /// The followers were told of a chunk.
        ChunkPublished = "chunk-published",
        /// A batch is at its end, in the transaction of its last chunk.
        BatchFinished = "batch-finished",
        /// It is known whether an all-or-nothing batch can be done.
        AllOrNothingDecided = "all-or-nothing-decided",
        /// A chunk of an all-or-nothing batch is written.
        AllOrNothingChunkWritten = "all-or-nothing-chunk-written",
        /// A batch is marked to be cancelled.
        CancelWritten = "cancel-written",
        /// The mark that a batch is to be cancelled is committed.
        CancelCommitted = "cancel-committed",
        /// A batch without a worker was found.
        ClaimBegun = "claim-begun",
        /// A batch is claimed under a new epoch, and nothing committed.
        ClaimWritten = "claim-written",
        /// The claim of a batch is committed, and it has no worker.
        ClaimCommitted = "claim-committed",
        /// A lease is about to be released.
        ReleaseBegun = "release-begun",
        /// A lease is released, and nothing committed.
        ReleaseWritten = "release-written",
        /// Users that were streamed in are written.
        StreamedUsersWritten = "streamed-users-written",
        /// Users that were streamed in are committed, and the worker was not notified.
        StreamedUsersCommitted = "streamed-users-committed",
        /// A change for one user is decided.
        SingleDecided = "single-decided",
        /// A change for one user is written and journaled.
        SingleRecorded = "single-recorded",
        /// A change of purchases is written and not journaled.
        PurchaseSaved = "purchase-saved",
        /// A change of purchases is journaled.
        PurchaseJournaled = "purchase-journaled",
        /// A follower has read results from the journal.
        ResultsRead = "results-read",
        /// A message of results is about to be handed to its stream.
        ResultsSent = "results-sent",
        /// The end of a batch is about to be handed to its stream.
        FinishSent = "finish-sent",
    }
}

#[cfg(all(feature = "failpoints", debug_assertions))]
mod active;

#[cfg(all(feature = "failpoints", debug_assertions))]
pub use active::fail_point;

/// A failpoint: does nothing in a program without the feature.
#[cfg(not(all(feature = "failpoints", debug_assertions)))]
#[inline]
pub const fn fail_point(_: Point) {}
