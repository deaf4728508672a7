use crate::{JournalSequence, PlanSet, ProductKey, Timestamp, UserId, UserKey};

/// One user's license of one product, with the data that rules need.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HeldLicense {
    /// The product held.
    pub product: ProductKey,
    /// The plans disabled for this user.
    pub disabled_plans: PlanSet,
}

/// A license as it is stored and listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct License {
    /// The user who holds it.
    pub user: UserKey,
    /// The holder's identifier.
    pub user_id: UserId,
    /// The product and its disabled plans.
    pub held: HeldLicense,
    /// When the product was assigned to the user.
    pub assign_time: Timestamp,
    /// The journal entry that last changed the license.
    pub changed_by: JournalSequence,
}
