use crate::{
    BatchKey, BatchState, CatalogVersion, ChunkPlan, Customer, JournalSequence, Member, Principal,
    ProductKey, Purchase, Timestamp, User, UserId, WaitlistLeave,
};

/// One committed decision of a customer's journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Its position; the customer's journal has no gaps.
    pub sequence: JournalSequence,
    /// When it was committed, by the clock of the server that did.
    pub time: Timestamp,
    /// Who asked for it.
    pub principal: Principal,
    /// What was done.
    pub effect: Effect,
}

/// What a journal entry did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Licenses were decided on: a chunk of a batch, a single call, or users of a waitlist who were
    /// served. Who came to hold a product waits for it no more; who joined a waitlist is told by
    /// [`crate::Outcome::Waitlisted`].
    LicensesChanged(LicenseChanges),
    /// A purchase was added, or an existing one grew, shrank or changed its dates.
    PurchaseChanged {
        /// Of which entitlement.
        product: ProductKey,
        /// The purchase afterwards; zero seats when nothing is left of it.
        purchase: Purchase,
    },
    /// A batch was accepted.
    BatchAccepted {
        /// Which.
        batch: BatchKey,
    },
    /// Someone asked for a batch to be cancelled.
    BatchCancelled {
        /// Which.
        batch: BatchKey,
    },
    /// Every user of a batch has a result.
    BatchEnded {
        /// Which.
        batch: BatchKey,
        /// How it ended.
        state: BatchState,
    },
    /// The customer was created or its fields changed.
    CustomerChanged(Customer),
    /// Users were created or their fields changed.
    UsersChanged {
        /// The users afterwards.
        users: Vec<User>,
    },
    /// A user left the directory; the licenses were revoked by the entry before.
    UserDeleted {
        /// Who.
        user: UserId,
    },
    /// Users left waitlists without having been served.
    WaitlistLeft {
        /// Who and why.
        leaves: Vec<WaitlistLeave>,
    },
    /// A user who waits was given another priority.
    WaitlistPrioritized {
        /// Who.
        user: UserId,
        /// In the queue of which product.
        product: ProductKey,
        /// The priority afterwards.
        priority: i32,
    },
}

impl Effect {
    /// The batch that the entry is about.
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

    /// The decisions on licenses, if that is what the entry holds.
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

    /// The decisions on licenses, if that is what the entry holds.
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

/// Decisions on licenses, written in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LicenseChanges {
    /// The batch and the position in it, or `None` for a single call.
    pub span: Option<BatchSpan>,
    /// The catalog the decisions were made by.
    pub catalog_version: CatalogVersion,
    /// The users, in order of processing.
    pub members: Vec<Member>,
    /// What was decided for them; `plan.members` runs parallel to `members`.
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

/// One user's result, read out of [`LicenseChanges`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemberResult<'a> {
    /// The position in the batch's order of processing, from 1.
    pub sequence_number: i64,
    /// The user.
    pub member: &'a Member,
    /// What was decided.
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
