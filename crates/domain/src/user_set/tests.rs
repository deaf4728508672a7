use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

/// Keys near the borders of blocks and of the halves of a key, so that generated keys often meet.
fn key() -> impl Strategy<Value = i64> {
    let borders = prop::sample::select(vec![1_i64, 1 << 16, 2 << 16, 1 << 32, (1 << 40) + 5]);
    (borders, -3_i64..40).prop_map(|(border, beside)| (border + beside).max(1))
}

fn keys() -> impl Strategy<Value = BTreeSet<i64>> {
    prop::collection::btree_set(key(), 0..60)
}

fn set(keys: &BTreeSet<i64>) -> UserSet {
    keys.iter().copied().map(UserKey).collect()
}

fn members(set: &UserSet) -> Vec<i64> {
    set.iter().map(|user| user.0).collect()
}

proptest! {
    #[test]
    fn it_combines_as_sets_do(a in keys(), b in keys()) {
        let combined = |combine: fn(&mut UserSet, &UserSet)| {
            let mut combined = set(&a);
            combine(&mut combined, &set(&b));
            members(&combined)
        };
        prop_assert_eq!(combined(|a, b| *a |= b), a.union(&b).copied().collect::<Vec<_>>());
        prop_assert_eq!(
            combined(|a, b| *a &= b),
            a.intersection(&b).copied().collect::<Vec<_>>()
        );
        prop_assert_eq!(combined(|a, b| *a -= b), a.difference(&b).copied().collect::<Vec<_>>());
    }

    #[test]
    fn it_counts_and_finds_positions_in_directory_order(keys in keys(), position in key()) {
        let set = set(&keys);
        prop_assert_eq!(set.len(), i64::try_from(keys.len()).unwrap());
        prop_assert_eq!(set.contains(UserKey(position)), keys.contains(&position));
        let rank = keys.range(..=position).count();
        prop_assert_eq!(set.rank(UserKey(position)), i64::try_from(rank).unwrap());
        for (position, key) in (0..).zip(&keys) {
            prop_assert_eq!(set.select(position), Some(UserKey(*key)));
        }
        prop_assert_eq!(set.select(set.len()), None);
        prop_assert_eq!(set.select(-1), None);
    }

    #[test]
    fn it_is_walked_from_any_key_in_both_directions(keys in keys(), position in key()) {
        let set = set(&keys);
        let after: Vec<_> = set.iter_after(UserKey(position)).map(|user| user.0).collect();
        prop_assert_eq!(after, keys.range(position + 1..).copied().collect::<Vec<_>>());
        let before: Vec<_> = set.iter_before(UserKey(position)).map(|user| user.0).collect();
        prop_assert_eq!(before, keys.range(..position).rev().copied().collect::<Vec<_>>());
    }

    #[test]
    fn its_blocks_make_it_again(keys in keys()) {
        let set = set(&keys);
        let mut again = UserSet::new();
        for block in set.blocks() {
            prop_assert!(!set.block(block).is_empty());
            again.insert_block(block, &set.block_bytes(block)).unwrap();
        }
        prop_assert_eq!(again, set);
    }

    #[test]
    fn bytes_of_anything_else_are_refused_or_stay_in_their_block(
        bytes in prop::collection::vec(any::<u8>(), 0..64),
    ) {
        let mut set = UserSet::new();
        let block = UserBlock::of(UserKey(70_000));
        if set.insert_block(block, &bytes).is_err() {
            prop_assert!(set.is_empty());
        }
        prop_assert!(set.iter().all(|user| UserBlock::of(user) == block));
    }
}

#[test]
fn no_user_precedes_the_first_key() {
    let set: UserSet = [UserKey(1), UserKey(2)].into_iter().collect();
    assert_eq!(set.iter_before(UserKey(0)).count(), 0);
    assert_eq!(set.iter_before(UserKey(1)).count(), 0);
}

#[test]
fn a_block_is_not_taken_for_another() {
    let set: UserSet = [UserKey(5), UserKey(70_000)].into_iter().collect();
    let [first, second] = set.blocks()[..] else {
        panic!("two blocks have users");
    };
    let bytes = set.block_bytes(second);
    let mut other = UserSet::new();
    let refused = other.insert_block(first, &bytes);
    assert_eq!(refused, Err(UserBlockError::OtherBlock));
}

#[test]
fn a_user_costs_two_bytes_at_most_and_a_bit_where_most_are_in_it() {
    const USERS: i64 = 200_000;
    let bytes = |step: i64| -> usize {
        let users: UserSet = (1..=USERS).map(|key| UserKey(step * key)).collect();
        let blocks = users.blocks().into_iter();
        blocks.map(|block| users.block_bytes(block).len()).sum()
    };
    assert!(bytes(1) < 200, "everyone is a few ranges");
    assert!(bytes(2) < 60_000, "two bits a user");
    assert!(bytes(97) < 410_000, "two bytes a user");
}
