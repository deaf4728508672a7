//! Compact integer surrogate keys, not visible to callers. Tables and bit sets use them because
//! ascending integer keys make chunk writes fast.

macro_rules! key {
    ($(#[$doc:meta])* $name:ident($repr:ty)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub $repr);
    };
}

key!(
    /// A customer, numbered from 1 in order of creation.
    CustomerKey(i64)
);
key!(
    /// A user within its customer, numbered from 1 in order of creation: *directory order*.
    UserKey(i64)
);
key!(
    /// A batch within its customer, numbered from 1 in order of acceptance.
    BatchKey(i64)
);
key!(
    /// A saved selection within its customer, numbered from 1 in order of creation.
    SelectionKey(i64)
);
key!(
    /// A position in a customer's journal, numbered from 1 without gaps.
    JournalSequence(i64)
);
key!(
    /// A product across all catalog versions, numbered from 0: an index into compiled tables.
    ProductKey(u32)
);
key!(
    /// A service plan across all catalog versions, numbered from 0; its bit in [`crate::PlanSet`].
    PlanKey(u32)
);

impl ProductKey {
    /// The key as an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl PlanKey {
    /// The key as an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}
