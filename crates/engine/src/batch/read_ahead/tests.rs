use super::*;

const fn at(sequence: i64) -> JournalSequence {
    JournalSequence(sequence)
}

#[test]
fn what_was_read_just_now_holds() {
    assert!(Quiet::unknown().holds(at(7), at(7)));
    assert!(!Quiet::unknown().holds(at(7), at(8)));
}

#[test]
fn the_batchs_own_chunks_spoil_nothing() {
    let mut quiet = Quiet::unknown();
    quiet.wrote(at(7), at(8));
    quiet.wrote(at(8), at(9));
    assert!(quiet.holds(at(7), at(9)));
    assert!(quiet.holds(at(8), at(9)));
}

#[test]
fn an_entry_of_somebody_else_spoils_what_was_read_before() {
    let mut quiet = Quiet::unknown();
    quiet.wrote(at(7), at(8));
    assert!(!quiet.holds(at(8), at(9)), "9 is not the batch's");
    quiet.wrote(at(9), at(10));
    assert!(!quiet.holds(at(8), at(10)), "9 came after it was read");
    assert!(quiet.holds(at(9), at(10)));
}

#[test]
fn what_was_read_before_the_first_chunk_does_not_hold_after_it_unless_it_was_the_last_entry() {
    let mut quiet = Quiet::unknown();
    quiet.wrote(at(7), at(8));
    assert!(!quiet.holds(at(6), at(8)));
    assert!(!quiet.holds(at(0), at(8)));
}
