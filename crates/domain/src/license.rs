use crate::{JournalSequence, PlanSet, ProductKey, Timestamp, UserId, UserKey};

/// One user's hold on one product, as the rules see it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HeldLicense {
    /// The product held.
    pub product: ProductKey,
    /// The plans switched off for this user.
    pub disabled_plans: PlanSet,
}

/// A license as it is stored and listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    /// Who holds it.
    pub user: UserKey,
    /// The holder's identifier.
    pub user_id: UserId,
    /// What is held.
    pub held: HeldLicense,
    /// When the user came to hold the product.
    pub assign_time: Timestamp,
    /// The journal entry that last changed it.
    pub changed_by: JournalSequence,
}
