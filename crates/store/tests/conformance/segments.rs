use seatkeeper_domain::{BatchKey, UserKey};
use seatkeeper_store::{PackedSegment, Selected, SelectedUser};

use crate::fixture::{Fixture, assert_corrupt, known, new_batch, unknown};
use crate::stores::on_every_store;

on_every_store! {
    async fn segments_come_back_exactly_as_appended(fixture: Fixture) {
        let batch = batch(&fixture).await;
        let segments = [mixed(), vec![known(UserKey(1))], long()];
        let mut first_position = 0;
        for segment in &segments {
            let mut tx = fixture.lock().await;
            tx.append_segments(batch, first_position, &[PackedSegment::pack(segment)]).await.unwrap();
            assert_eq!(tx.segments(batch, first_position, 1).await.unwrap().as_ref(), Some(segment));
            tx.commit().await.unwrap();
            first_position += i64::try_from(segment.len()).unwrap();
        }
        let mut tx = fixture.lock().await;
        assert_eq!(tx.segments(batch, first_position, 1).await.unwrap(), None);
        let mut position = 0;
        for segment in segments {
            let next = position + i64::try_from(segment.len()).unwrap();
            assert!(tx.segments(batch, position, 1).await.unwrap() == Some(segment));
            position = next;
        }
    }

    async fn segments_appended_together_lie_one_after_the_other(fixture: Fixture) {
        let batch = batch(&fixture).await;
        let mut tx = fixture.lock().await;
        tx.append_segments(batch, 0, &[PackedSegment::pack(&mixed())]).await.unwrap();
        let one = |number| vec![known(UserKey(number))];
        let many: Vec<_> = (0..1_050).map(|number| PackedSegment::pack(&one(number))).collect();
        tx.append_segments(batch, 6, &many).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = fixture.lock().await;
        for number in [0, 1, 99, 100, 101, 1_049] {
            assert_eq!(tx.segments(batch, 6 + number, 1).await.unwrap(), Some(one(number)));
        }
        assert_eq!(tx.segments(batch, 6 + 1_050, 1).await.unwrap(), None);
    }

    async fn a_segment_is_found_at_its_start_alone(fixture: Fixture) {
        let batch = batch(&fixture).await;
        let mut tx = fixture.lock().await;
        tx.append_segments(batch, 0, &[PackedSegment::pack(&mixed())]).await.unwrap();
        for position in [-1, 1, 5, 99] {
            assert_eq!(tx.segments(batch, position, 1).await.unwrap(), None);
        }
    }

    async fn a_segment_begins_where_the_one_before_it_ends(fixture: Fixture) {
        let batch = batch(&fixture).await;
        let mut tx = fixture.lock().await;
        tx.append_segments(batch, 0, &[PackedSegment::pack(&[known(UserKey(1)), known(UserKey(2))])]).await.unwrap();
        tx.commit().await.unwrap();
        for position in [0, 1, 3] {
            let mut tx = fixture.lock().await;
            assert_corrupt(tx.append_segments(batch, position, &[PackedSegment::pack(&[known(UserKey(3))])]).await);
        }
        let mut tx = fixture.lock().await;
        tx.append_segments(batch, 2, &[PackedSegment::pack(&[known(UserKey(3))])]).await.unwrap();
    }

    async fn the_first_segment_begins_at_zero(fixture: Fixture) {
        let batch = batch(&fixture).await;
        let mut tx = fixture.lock().await;
        assert_corrupt(tx.append_segments(batch, 1, &[PackedSegment::pack(&[known(UserKey(1))])]).await);
    }

    async fn a_batch_that_is_not_there_takes_no_segment(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        assert_corrupt(tx.append_segments(BatchKey(9), 0, &[PackedSegment::pack(&[known(UserKey(1))])]).await);
    }

    async fn deleting_a_batch_deletes_its_segments_alone(fixture: Fixture) {
        let mut tx = fixture.lock().await;
        let first = tx.insert_batch(new_batch("first")).await.unwrap().key;
        let second = tx.insert_batch(new_batch("second")).await.unwrap().key;
        for batch in [first, second] {
            tx.append_segments(batch, 0, &[PackedSegment::pack(&mixed())]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let mut tx = fixture.lock().await;
        tx.delete_batch(first).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = fixture.lock().await;
        assert_eq!(tx.segments(first, 0, 1).await.unwrap(), None);
        assert_eq!(tx.segments(second, 0, 1).await.unwrap(), Some(mixed()));
    }
}

async fn batch(fixture: &Fixture) -> BatchKey {
    let mut tx = fixture.lock().await;
    let batch = tx.insert_batch(new_batch("one")).await.unwrap();
    tx.commit().await.unwrap();
    batch.key
}

/// Users and unknown identifiers, in random order, with and without an index in a list.
fn mixed() -> Vec<Selected> {
    let indexed = |selected, index| Selected {
        request_index: Some(index),
        ..selected
    };
    vec![
        indexed(known(UserKey(900_000_000_000)), 3),
        indexed(unknown("o'hara@contoso.example"), 0),
        known(UserKey(1)),
        indexed(known(UserKey(7)), i64::MAX),
        unknown("zoe"),
        known(UserKey(1)),
    ]
}

fn long() -> Vec<Selected> {
    let selected = |number: i64| Selected {
        user: SelectedUser::Known(UserKey(number * 7_919 % 20_011)),
        request_index: Some(number),
    };
    (0..20_000).map(selected).collect()
}
