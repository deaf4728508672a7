//! Columns of a chunk: values that run through its users, kept compactly.

use super::Malformed;

/// Between identifiers; no identifier contains it.
const SEPARATOR: char = '\n';

/// Differences between neighbors, so that ascending values take a byte each. An absent value is
/// written as zero, a present one as itself plus one.
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

/// The values that [`deltas`] wrote.
pub(super) fn undeltas(deltas: &[i64]) -> impl Iterator<Item = Option<i64>> {
    let mut last = 0_i64;
    deltas.iter().map(move |&delta| {
        last = last.wrapping_add(delta);
        (last != 0).then(|| last.wrapping_sub(1))
    })
}

/// [`deltas`], or nothing at all when every value is absent.
pub(super) fn sparse_deltas(values: impl Iterator<Item = Option<i64>> + Clone) -> Vec<i64> {
    if values.clone().all(|value| value.is_none()) {
        return Vec::new();
    }
    deltas(values)
}

/// The `length` values that [`sparse_deltas`] wrote.
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

/// Identifiers in one text.
pub(super) fn joined<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for id in ids {
        text.push_str(id);
        text.push(SEPARATOR);
    }
    text
}

/// The identifiers that [`joined`] wrote.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split_terminator(SEPARATOR)
}
