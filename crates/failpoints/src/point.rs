/// Declares the points, each with its name in environment variables.
macro_rules! points {
    ($($(#[$doc:meta])* $member:ident = $name:literal,)+) => {
        /// A failpoint: around every write, commit, publication and lease step.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Point {
            $($(#[$doc])* $member,)+
        }

        impl Point {
            /// All points.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The name in environment variables.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$member => $name,)+
                }
            }

            /// The point with this name.
            #[must_use]
            pub fn by_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|point| point.name() == name)
            }
        }
    };
}

points! {
    /// A transaction holds the customer's lock of this process, and has not begun in the
    /// database.
    TurnTaken = "turn-taken",
    /// A transaction has begun and holds no lock in the database.
    TransactionBegun = "transaction-begun",
    /// A transaction holds its customer's lock and has done nothing else.
    CustomerLocked = "customer-locked",
    /// A chunk's revocations are written.
    LicensesRevoked = "licenses-revoked",
    /// A chunk's plan changes are written.
    LicensesUpdated = "licenses-updated",
    /// A chunk's assignments are written.
    LicensesAssigned = "licenses-assigned",
    /// The seats that a chunk takes and frees are counted.
    SeatsCounted = "seats-counted",
    /// The sets of holders are written.
    HoldersSaved = "holders-saved",
    /// Users have joined a waitlist.
    WaitlistJoined = "waitlist-joined",
    /// Users have left a waitlist.
    WaitlistLeft = "waitlist-left",
    /// The priority of a waitlisted user is written.
    WaitlistPrioritized = "waitlist-prioritized",
    /// The seats freed by a transaction are about to be allocated to waitlisted users.
    WaitlistAllocating = "waitlist-allocating",
    /// An entry is written to the journal.
    EntryAppended = "entry-appended",
    /// New users are written to the directory.
    UsersInserted = "users-inserted",
    /// Changes of users are written.
    UsersUpdated = "users-updated",
    /// A user is deleted.
    UserDeleted = "user-deleted",
    /// An entitlement's purchases are written.
    EntitlementSaved = "entitlement-saved",
    /// The seat reservations of a batch are written.
    ReservationsReplaced = "reservations-replaced",
    /// A request id is about to be recorded.
    IdempotencyInsertBegun = "idempotency-insert-begun",
    /// A request id is recorded.
    IdempotencyInserted = "idempotency-inserted",
    /// The row of a new batch is written.
    BatchInserted = "batch-inserted",
    /// A changed row of a batch is written.
    BatchSaved = "batch-saved",
    /// A batch's row is deleted, with its segments and reservations.
    BatchDeleted = "batch-deleted",
    /// A segment of a frozen selection is written.
    SegmentsAppended = "segments-appended",
    /// Retention has hidden a batch and deleted its request id.
    BatchHidden = "batch-hidden",
    /// Retention has deleted segments of a batch.
    SegmentsRemoved = "segments-removed",
    /// Retention has deleted a batch.
    BatchRemoved = "batch-removed",
    /// Request ids past their retention are deleted.
    OldIdempotencyRecordsDeleted = "old-idempotency-records-deleted",
    /// The license changes of old entries are written to the journal's checkpoint.
    CheckpointLicensesSaved = "checkpoint-licenses-saved",
    /// A journal has its new checkpoint; the entries that it replaces are not deleted yet.
    CheckpointSaved = "checkpoint-saved",
    /// Old entries of a journal are deleted.
    EntriesRemoved = "entries-removed",
    /// A step of the retention job is committed.
    RetentionCommitted = "retention-committed",
    /// A customer's rows are deleted.
    CustomerDeleted = "customer-deleted",
    /// A customer and its first entry are written.
    CustomerCreated = "customer-created",
    /// A catalog is written.
    CatalogSaved = "catalog-saved",
    /// A customer's counters are written; COMMIT is next.
    CountersSaved = "counters-saved",
    /// COMMIT has returned, and the caller has no response yet.
    Committed = "committed",
    /// A step of freezing holds the lock.
    FreezeStepBegun = "freeze-step-begun",
    /// A step of freezing has written its users.
    FreezeStepWritten = "freeze-step-written",
    /// A step of freezing that was not the last is committed.
    FreezeStepCommitted = "freeze-step-committed",
    /// A batch is about to be accepted.
    AcceptBegun = "accept-begun",
    /// A batch's seats are reserved, and it is not accepted yet.
    AcceptReserved = "accept-reserved",
    /// The acceptance of a batch is written and not committed.
    AcceptWritten = "accept-written",
    /// The acceptance of a batch is committed, and it has no worker yet.
    AcceptCommitted = "accept-committed",
    /// The frozen users of a rejected batch are about to be deleted.
    AbandonBegun = "abandon-begun",
    /// A worker is about to wait for the lock for its next chunk.
    ChunkBegun = "chunk-begun",
    /// A chunk holds the lock, and its worker still has the lease.
    ChunkFenced = "chunk-fenced",
    /// The state of a chunk's users is read.
    ChunkLoaded = "chunk-loaded",
    /// A chunk is decided.
    ChunkDecided = "chunk-decided",
    /// A chunk's decisions are written and journaled.
    ChunkRecorded = "chunk-recorded",
    /// A chunk's batch has a new cursor; the end of the transaction is next.
    ChunkWritten = "chunk-written",
    /// A chunk is committed, and followers are not notified yet.
    ChunkCommitted = "chunk-committed",
    /// The followers are notified of a chunk.
    ChunkPublished = "chunk-published",
    /// A batch has ended in the transaction of its last chunk.
    BatchFinished = "batch-finished",
    /// It is decided whether an all-or-nothing batch can be applied.
    AllOrNothingDecided = "all-or-nothing-decided",
    /// A chunk of an all-or-nothing batch is written.
    AllOrNothingChunkWritten = "all-or-nothing-chunk-written",
    /// The cancellation of a batch is written.
    CancelWritten = "cancel-written",
    /// The cancellation of a batch is committed.
    CancelCommitted = "cancel-committed",
    /// Recovery has found a batch without a worker.
    ClaimBegun = "claim-begun",
    /// The claim of a batch under a new epoch is written and not committed.
    ClaimWritten = "claim-written",
    /// The claim of a batch is committed, and it has no worker yet.
    ClaimCommitted = "claim-committed",
    /// A lease is about to be released.
    ReleaseBegun = "release-begun",
    /// The release of a lease is written and not committed.
    ReleaseWritten = "release-written",
    /// Streamed users are written.
    StreamedUsersWritten = "streamed-users-written",
    /// Streamed users are committed, and the worker is not notified yet.
    StreamedUsersCommitted = "streamed-users-committed",
    /// Changes for single users are about to wait for the lock.
    SingleBegun = "single-begun",
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
    /// A message of results is about to be sent to its stream.
    ResultsSent = "results-sent",
    /// The end of a batch is about to be sent to its stream.
    FinishSent = "finish-sent",
}
