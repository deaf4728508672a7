//! Every payload decodes to the value that was encoded, and damaged bytes are always detected.

mod samples;

use proptest::prelude::*;
use prost::Message;
use seatkeeper_domain::{Catalog, Effect};

use super::*;
use crate::{Batch, BatchSpec, Selected};

fn round_trip<D, P>(value: &D) -> D
where
    P: Message + Default + for<'a> From<&'a D>,
    D: TryFrom<P, Error = Malformed>,
{
    let bytes = encode(&P::from(value));
    decode::<P>(&bytes).and_then(D::try_from).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn effects_come_back(effect in samples::effect()) {
        prop_assert_eq!(round_trip::<_, EffectPayload>(&effect), effect);
    }

    #[test]
    fn segments_come_back(selected in samples::selection()) {
        let bytes = encode(&SegmentPayload::from(selected.as_slice()));
        let read: Vec<Selected> = decode::<SegmentPayload>(&bytes).unwrap().try_into().unwrap();
        prop_assert_eq!(read, selected);
    }

    #[test]
    fn catalogs_come_back(catalog in samples::catalog()) {
        prop_assert_eq!(round_trip::<_, CatalogPayload>(&catalog), catalog);
    }

    #[test]
    fn batches_come_back(batch in samples::batch()) {
        prop_assert_eq!(&round_trip::<BatchSpec, BatchSpecPayload>(&batch.spec), &batch.spec);
        let tally = tally_of(&batch);
        prop_assert_eq!(tally.counts, batch.counts);
        prop_assert_eq!(tally.violations, batch.violations);
        prop_assert_eq!(tally.seats_left, batch.seats_left);
        prop_assert_eq!(tally.seats_bought, batch.seats_bought);
    }

    #[test]
    fn damaged_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = decode::<EffectPayload>(&bytes).and_then(Effect::try_from);
        let _ = decode::<SegmentPayload>(&bytes).and_then(Vec::<Selected>::try_from);
        let _ = decode::<CatalogPayload>(&bytes).and_then(Catalog::try_from);
    }

    #[test]
    fn flipped_bits_never_panic(
        effect in samples::effect(),
        index in any::<prop::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let mut bytes = encode(&EffectPayload::from(&effect));
        let index = index.index(bytes.len());
        bytes[index] ^= 1 << bit;
        let _ = decode::<EffectPayload>(&bytes).and_then(Effect::try_from);
    }
}

fn tally_of(batch: &Batch) -> BatchTally {
    let bytes = encode(&BatchTallyPayload::from(batch));
    decode::<BatchTallyPayload>(&bytes)
        .and_then(BatchTally::try_from)
        .unwrap()
}

#[test]
fn a_segment_in_directory_order_takes_less_than_a_bit_per_user() {
    let selected = samples::range(1, 5_000);
    let bytes = encode(&SegmentPayload::from(selected.as_slice()));
    assert!(bytes.len() < 5_000 / 8, "{} bytes", bytes.len());
}

#[test]
fn a_chunk_of_guids_takes_little_more_than_sixteen_bytes_per_user() {
    let effect = samples::assignment_to_guids(5_000);
    let bytes = encode(&EffectPayload::from(&effect));
    assert!(bytes.len() < 5_000 * 17, "{} bytes", bytes.len());
    assert_eq!(round_trip::<_, EffectPayload>(&effect), effect);
}

#[test]
fn missing_and_unknown_fields_are_named() {
    let error = decode::<EffectPayload>(&[]).unwrap_err();
    assert_eq!(error, Malformed::new("the payload is empty"));
    let error = decode::<EffectPayload>(&[9, 1, 2]).unwrap_err();
    assert_eq!(error, Malformed::new("9 is not a known codec"));
    let empty = encode(&EffectPayload::default());
    let error = decode::<EffectPayload>(&empty).and_then(Effect::try_from);
    assert_eq!(error.unwrap_err(), Malformed::missing("the effect"));
}

#[test]
fn a_claim_of_great_length_is_refused_unread() {
    let error = decode::<EffectPayload>(&[1, 255, 255, 255, 255, 0]).unwrap_err();
    assert_eq!(error, Malformed::new("the payload claims to be too large"));
}
