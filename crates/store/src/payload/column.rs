//! Columns of a chunk: one value per user, stored compactly.

use super::Malformed;

/// Separates identifiers; no identifier contains it.
const SEPARATOR: char = '\n';

/// The differences between neighbors: ascending values take one byte each. An absent value is
/// encoded as zero, a present one as the value plus one.
pub(super) fn deltas(values: impl Iterator<Item = Option<i64>>) -> Vec<i64> {
    let mut last = 0_i64;
    values
        .map(|value| {
            let coded = value.map_or(0, |value| value.wrapping_add(1));
            let delta = coded.wrapping_sub(last);
            last = coded;
            delta
        })
        .collect()
}

/// Decodes the values that [`deltas`] encoded.
pub(super) fn undeltas(deltas: &[i64]) -> impl Iterator<Item = Option<i64>> {
    let mut last = 0_i64;
    deltas.iter().map(move |&delta| {
        last = last.wrapping_add(delta);
        (last != 0).then(|| last.wrapping_sub(1))
    })
}

/// Like [`deltas`], but empty when every value is absent.
pub(super) fn sparse_deltas(values: impl Iterator<Item = Option<i64>> + Clone) -> Vec<i64> {
    if values.clone().all(|value| value.is_none()) {
        return Vec::new();
    }
    deltas(values)
}

/// Decodes the `length` values that [`sparse_deltas`] encoded.
pub(super) fn sparse_undeltas(
    deltas: &[i64],
    length: usize,
) -> Result<impl Iterator<Item = Option<i64>>, Malformed> {
    if !deltas.is_empty() && deltas.len() != length {
        return Err(Malformed::new("its columns differ in length"));
    }
    let absent = length - deltas.len();
    Ok(undeltas(deltas).chain(std::iter::repeat_n(None, absent)))
}

/// Joins identifiers into one text.
pub(super) fn joined<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for id in ids {
        text.push_str(id);
        text.push(SEPARATOR);
    }
    text
}

/// The identifiers that [`joined`] joined.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split_terminator(SEPARATOR)
}
