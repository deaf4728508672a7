use super::*;

const fn at(sequence: i64) -> JournalSequence {
    JournalSequence(sequence)
}

#[test]
fn state_read_just_now_is_valid() {
    assert!(PrefetchValidity::unknown().holds(at(7), at(7)));
    assert!(!PrefetchValidity::unknown().holds(at(7), at(8)));
}

#[test]
fn the_batchs_own_chunks_spoil_nothing() {
    let mut validity = PrefetchValidity::unknown();
    validity.wrote(at(7), at(8));
    validity.wrote(at(8), at(9));
    assert!(validity.holds(at(7), at(9)));
    assert!(validity.holds(at(8), at(9)));
}

#[test]
fn another_writers_entry_invalidates_prefetched_state() {
    let mut validity = PrefetchValidity::unknown();
    validity.wrote(at(7), at(8));
    assert!(!validity.holds(at(8), at(9)), "entry 9 is not of the batch");
    validity.wrote(at(9), at(10));
    assert!(!validity.holds(at(8), at(10)), "entry 9 is newer");
    assert!(validity.holds(at(9), at(10)));
}

#[test]
fn state_read_before_the_first_chunk_is_valid_after_it_only_if_it_was_the_last_entry() {
    let mut validity = PrefetchValidity::unknown();
    validity.wrote(at(7), at(8));
    assert!(!validity.holds(at(6), at(8)));
    assert!(!validity.holds(at(0), at(8)));
}
