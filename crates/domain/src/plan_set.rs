use crate::PlanKey;

const WORD_BITS: usize = 64;

/// A set of service plans with one bit per [`PlanKey`].
///
/// Sets with equal members are equal values: trailing empty words are never kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlanSet {
    words: Vec<u64>,
}

impl PlanSet {
    /// The empty set.
    #[must_use]
    pub const fn new() -> Self {
        Self { words: Vec::new() }
    }

    /// Adds a plan.
    pub fn insert(&mut self, plan: PlanKey) {
        let word = plan.index() / WORD_BITS;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (plan.index() % WORD_BITS);
    }

    /// Whether the set contains the plan.
    #[must_use]
    pub fn contains(&self, plan: PlanKey) -> bool {
        self.words
            .get(plan.index() / WORD_BITS)
            .is_some_and(|word| word & (1 << (plan.index() % WORD_BITS)) != 0)
    }

    /// Whether the set contains no plan.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The number of plans in the set.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words
            .iter()
            .map(|word| word.count_ones() as usize)
            .sum()
    }

    /// The plans in ascending order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = PlanKey> + '_ {
        plans_of(self.words.iter().copied())
    }

    /// The plans that are in both sets, in ascending order of their keys.
    pub fn common<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = PlanKey> + 'a {
        plans_of(self.words.iter().zip(&other.words).map(|(a, b)| a & b))
    }

    /// Adds every plan of `other`.
    pub fn union_with(&mut self, other: &Self) {
        if other.words.len() > self.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, &more) in self.words.iter_mut().zip(&other.words) {
            *word |= more;
        }
    }

    /// The plans that are in both `self` and `other`.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self::trimmed(
            self.words
                .iter()
                .zip(&other.words)
                .map(|(a, b)| a & b)
                .collect(),
        )
    }

    /// The plans that are in `self` but not in `other`.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        Self::trimmed(self.words.iter().zip(others).map(|(a, b)| a & !b).collect())
    }

    /// Whether the sets have a plan in common.
    #[must_use]
    pub fn intersects(&self, other: &Self) -> bool {
        self.words.iter().zip(&other.words).any(|(a, b)| a & b != 0)
    }

    /// Whether `other` contains every plan of `self`.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        let others = other.words.iter().copied().chain(std::iter::repeat(0));
        self.words.iter().zip(others).all(|(a, b)| a & !b == 0)
    }

    fn trimmed(mut words: Vec<u64>) -> Self {
        while words.last() == Some(&0) {
            words.pop();
        }
        Self { words }
    }
}

impl FromIterator<PlanKey> for PlanSet {
    fn from_iter<I: IntoIterator<Item = PlanKey>>(plans: I) -> Self {
        let mut set = Self::new();
        for plan in plans {
            set.insert(plan);
        }
        set
    }
}

fn plans_of(words: impl Iterator<Item = u64>) -> impl Iterator<Item = PlanKey> {
    words.enumerate().flat_map(|(index, word)| {
        let base = index * WORD_BITS;
        BitIter(word)
            .map(move |bit| PlanKey(u32::try_from(base + bit).expect("plan keys are 32 bits wide")))
    })
}

struct BitIter(u64);

impl Iterator for BitIter {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let bit = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(plans: &[u32]) -> PlanSet {
        plans.iter().copied().map(PlanKey).collect()
    }

    #[test]
    fn iterates_in_ascending_order_across_words() {
        let plans: Vec<PlanKey> = set(&[200, 0, 63, 64]).iter().collect();
        assert_eq!(plans, [0, 63, 64, 200].map(PlanKey));
    }

    #[test]
    fn sets_that_lose_their_last_plans_equal_those_that_never_had_them() {
        assert_eq!(set(&[1, 700]).difference(&set(&[700])), set(&[1]));
        assert_eq!(set(&[1, 700]).intersection(&set(&[1])), set(&[1]));
    }

    #[test]
    fn a_longer_set_is_no_subset_of_a_shorter_one() {
        assert!(set(&[1]).is_subset(&set(&[1, 700])));
        assert!(!set(&[1, 700]).is_subset(&set(&[1])));
    }

    #[test]
    fn common_plans_are_those_of_the_intersection() {
        let (a, b) = (set(&[1, 2, 64, 700]), set(&[2, 3, 64]));
        assert_eq!(a.common(&b).collect::<Vec<_>>(), [2, 64].map(PlanKey));
        assert_eq!(a.common(&b).collect::<PlanSet>(), a.intersection(&b));
        assert!(a.intersects(&b));
        assert!(!a.intersects(&set(&[3, 128])));
    }

    #[test]
    fn union_grows_to_the_longer_set() {
        let mut union = set(&[1]);
        union.union_with(&set(&[700]));
        assert_eq!(union, set(&[1, 700]));
        assert_eq!(union.len(), 2);
    }
}
