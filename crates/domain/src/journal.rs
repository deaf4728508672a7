use crate::{
    BatchKey, BatchState, CatalogVersion, ChunkPlan, Customer, JournalSequence, Member, Principal,
    ProductKey, Purchase, Timestamp, User, UserId, WaitlistLeave,
};

/// One committed entry of a customer's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The position in the customer's journal, which has no gaps.
    pub sequence: JournalSequence,
    /// When it was committed, by the clock of the committing server.
    pub time: Timestamp,
    /// The caller that requested the change.
    pub principal: Principal,
    /// The change that was made.
    pub effect: Effect,
}

/// The change that a journal entry records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// License decisions: a chunk of a batch, a single call, or waitlisted users who got a seat. A
    /// user who gets a product leaves its waitlist. A user who joins a waitlist has the outcome
    /// [`crate::Outcome::Waitlisted`].
    LicensesChanged(LicenseChanges),
    /// A purchase was added, or its seats or dates changed.
    PurchaseChanged {
        /// The product of the entitlement.
        product: ProductKey,
        /// The purchase after the change; zero seats if it was fully given back.
        purchase: Purchase,
    },
    /// A batch was accepted.
    BatchAccepted {
        /// The batch.
        batch: BatchKey,
    },
    /// A caller requested the cancellation of a batch.
    BatchCancelled {
        /// The batch.
        batch: BatchKey,
    },
    /// Every user of a batch has a result.
    BatchEnded {
        /// The batch.
        batch: BatchKey,
        /// The final state of the batch.
        state: BatchState,
    },
    /// The customer was created or its fields changed.
    CustomerChanged(Customer),
    /// Users were created or their fields changed.
    UsersChanged {
        /// The users after the change.
        users: Vec<User>,
    },
    /// A user was deleted; the previous entry revoked the user's licenses.
    UserDeleted {
        /// The deleted user.
        user: UserId,
    },
    /// Users left waitlists without a seat.
    WaitlistLeft {
        /// The users, with their products and the reason.
        leaves: Vec<WaitlistLeave>,
    },
    /// The priority of a waitlisted user changed.
    WaitlistPrioritized {
        /// The waitlisted user.
        user: UserId,
        /// The product of the queue.
        product: ProductKey,
        /// The new priority.
        priority: i32,
    },
}

impl Effect {
    /// The batch of the entry; `None` if the entry does not belong to a batch.
    #[must_use]
    pub fn batch(&self) -> Option<BatchKey> {
        match self {
            Self::LicensesChanged(changes) => changes.span.map(|span| span.batch),
            Self::BatchAccepted { batch }
            | Self::BatchCancelled { batch }
            | Self::BatchEnded { batch, .. } => Some(*batch),
            Self::PurchaseChanged { .. }
            | Self::CustomerChanged(_)
            | Self::UsersChanged { .. }
            | Self::UserDeleted { .. }
            | Self::WaitlistLeft { .. }
            | Self::WaitlistPrioritized { .. } => None,
        }
    }

    /// The license decisions; `None` for all other entries.
    #[must_use]
    pub fn into_license_changes(self) -> Option<LicenseChanges> {
        match self {
            Self::LicensesChanged(changes) => Some(changes),
            Self::PurchaseChanged { .. }
            | Self::BatchAccepted { .. }
            | Self::BatchCancelled { .. }
            | Self::BatchEnded { .. }
            | Self::CustomerChanged(_)
            | Self::UsersChanged { .. }
            | Self::UserDeleted { .. }
            | Self::WaitlistLeft { .. }
            | Self::WaitlistPrioritized { .. } => None,
        }
    }

    /// The license decisions; `None` for all other entries.
    #[must_use]
    pub fn license_changes(&self) -> Option<&LicenseChanges> {
        match self {
            Self::LicensesChanged(changes) => Some(changes),
            Self::PurchaseChanged { .. }
            | Self::BatchAccepted { .. }
            | Self::BatchCancelled { .. }
            | Self::BatchEnded { .. }
            | Self::CustomerChanged(_)
            | Self::UsersChanged { .. }
            | Self::UserDeleted { .. }
            | Self::WaitlistLeft { .. }
            | Self::WaitlistPrioritized { .. } => None,
        }
    }
}

/// License decisions that one transaction wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseChanges {
    /// The batch and the position in it, or `None` for a single call.
    pub span: Option<BatchSpan>,
    /// The catalog version of the decisions.
    pub catalog_version: CatalogVersion,
    /// The users, in order of processing.
    pub members: Vec<Member>,
    /// Their decisions; `plan.members` has the same order as `members`.
    pub plan: ChunkPlan,
}

/// The part of a batch that a chunk covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchSpan {
    /// The batch.
    pub batch: BatchKey,
    /// The sequence number of the chunk's first result; a batch counts its results from 1.
    pub first_result: i64,
}

/// One user's result in [`LicenseChanges`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberResult<'a> {
    /// The position in the batch's order of processing, from 1.
    pub sequence_number: i64,
    /// The user.
    pub member: &'a Member,
    /// The decision for the user.
    pub decision: &'a crate::Decision,
}

impl LicenseChanges {
    /// The sequence number of the first result: 1 for a single call.
    #[must_use]
    pub fn first_result(&self) -> i64 {
        self.span.map_or(1, |span| span.first_result)
    }

    /// The sequence number of the last result.
    #[must_use]
    pub fn last_result(&self) -> i64 {
        self.first_result() + i64::try_from(self.members.len()).expect("a chunk fits memory") - 1
    }

    /// The results in order of processing.
    pub fn results(&self) -> impl Iterator<Item = MemberResult<'_>> {
        let decisions = self
            .plan
            .members
            .iter()
            .map(|&index| &self.plan.decisions[index as usize]);
        self.members
            .iter()
            .zip(decisions)
            .zip(self.first_result()..)
            .map(|((member, decision), sequence_number)| MemberResult {
                sequence_number,
                member,
                decision,
            })
    }
}
