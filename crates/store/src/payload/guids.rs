//! Identifiers that are GUIDs, stored in sixteen bytes each. Their digits are random: no
//! compression makes their text as small, and the attempt costs more than the rest of a payload.

use seatkeeper_domain::UserId;

use super::{Malformed, parsed};

/// Bytes of a packed GUID.
const PACKED: usize = 16;

/// Characters of a GUID.
const TEXT: usize = 36;

/// The positions of the hyphens in a GUID's text.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

/// The position of each byte's two digits in a GUID's text.
const DIGITS: [usize; PACKED] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

/// Lower case only: the canonical form.
const HEXADECIMAL: &[u8; 16] = b"0123456789abcdef";

/// The value of each hexadecimal digit, by character; [`NO_DIGIT`] for every other character.
static VALUES: [u8; 256] = values();
const NO_DIGIT: u8 = 0x80;

const fn values() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0_u8;
    while value < 16 {
        values[HEXADECIMAL[value as usize] as usize] = value;
        value += 1;
    }
    values
}

/// Packs the identifiers one after another; `None` unless each is a GUID.
pub(super) fn packed<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(ids.len() * PACKED);
    for id in ids {
        bytes.extend_from_slice(&pack(id)?);
    }
    Some(bytes)
}

fn pack(id: &str) -> Option<[u8; PACKED]> {
    let text: &[u8; TEXT] = id.as_bytes().try_into().ok()?;
    if HYPHENS.iter().any(|&index| text[index] != b'-') {
        return None;
    }
    let mut guid = [0; PACKED];
    let mut seen = 0;
    for (byte, &index) in guid.iter_mut().zip(&DIGITS) {
        let high = VALUES[usize::from(text[index])];
        let low = VALUES[usize::from(text[index + 1])];
        seen |= high | low;
        *byte = high << 4 | low;
    }
    (seen < NO_DIGIT).then_some(guid)
}

/// Unpacks the identifiers that [`packed`] packed.
pub(super) fn unpacked(bytes: &[u8]) -> Result<Vec<UserId>, Malformed> {
    let (guids, rest) = bytes.as_chunks::<PACKED>();
    if !rest.is_empty() {
        return Err(Malformed::new("a GUID is truncated"));
    }
    guids.iter().map(unpack).collect()
}

fn unpack(guid: &[u8; PACKED]) -> Result<UserId, Malformed> {
    let mut text = [b'-'; TEXT];
    for (byte, &index) in guid.iter().zip(&DIGITS) {
        text[index] = HEXADECIMAL[usize::from(byte >> 4)];
        text[index + 1] = HEXADECIMAL[usize::from(byte & 15)];
    }
    let text = str::from_utf8(&text).expect("digits and hyphens are ASCII");
    parsed(text, |text| UserId::parse(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUID: &str = "6fd2c87f-b296-42f0-b197-1e91e994b900";

    #[test]
    fn guids_come_back() {
        let other = "00000000-ffff-4000-8000-0123456789ab";
        let bytes = packed([GUID, other].into_iter()).unwrap();
        assert_eq!(bytes.len(), 2 * PACKED);
        let ids = unpacked(&bytes).unwrap();
        let ids: Vec<&str> = ids.iter().map(UserId::as_str).collect();
        assert_eq!(ids, [GUID, other]);
    }

    #[test]
    fn only_guids_in_their_canonical_form_are_packed() {
        let upper = GUID.to_ascii_uppercase();
        let shifted = GUID.replace("7f-b", "7-fb");
        for other in [
            "ann",
            upper.as_str(),
            &shifted,
            &GUID[1..],
            &GUID.replace('6', "g"),
        ] {
            assert_eq!(packed([GUID, other].into_iter()), None, "{other}");
        }
    }

    #[test]
    fn a_truncated_guid_is_reported() {
        assert!(unpacked(&[0; PACKED + 1]).is_err());
    }
}
