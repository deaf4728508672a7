//! Clips the texts of errors to the size of the headers that carry them.

/// Replaces the part of a text that was cut.
const ELLIPSIS: &str = "…";

/// A text of at most `max` bytes, cut at a character boundary.
pub(crate) fn clip(text: &str, max: usize) -> String {
    clip_by(text, max, char::len_utf8)
}

/// A text of at most `max` bytes in the header of a status's message, where it is percent-encoded.
pub(crate) fn clip_message(text: &str, max: usize) -> String {
    clip_by(text, max, header_len)
}

/// The bytes that a text takes in the header of a status's message.
pub(crate) fn message_len(text: &str) -> usize {
    text.chars().map(header_len).sum()
}

/// Printable ASCII without a special meaning takes one byte; each other byte is percent-encoded to
/// three.
fn header_len(character: char) -> usize {
    if character.is_ascii_graphic()
        && !matches!(
            character,
            '%' | '"' | '#' | '<' | '>' | '`' | '?' | '{' | '}'
        )
    {
        1
    } else {
        3 * character.len_utf8()
    }
}

fn clip_by(text: &str, max: usize, len: impl Fn(char) -> usize) -> String {
    let ellipsis: usize = ELLIPSIS.chars().map(&len).sum();
    let (mut used, mut kept) = (0, 0);
    for (index, character) in text.char_indices() {
        used += len(character);
        if used > max {
            return [&text[..kept], ELLIPSIS].concat();
        }
        if used + ellipsis <= max {
            kept = index + character.len_utf8();
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_stays_as_it_is() {
        assert_eq!(clip("äöü", 6), "äöü");
        assert_eq!(clip("", 3), "");
    }

    #[test]
    fn a_longer_text_is_cut_between_characters() {
        assert_eq!(clip("abcdefgh", 7), "abcd…");
        assert_eq!(clip("ääää", 7), "ää…");
        assert_eq!(clip("ääää", 6), "ä…");
    }

    #[test]
    fn a_message_is_cut_by_what_it_takes_in_the_header() {
        assert_eq!(message_len("a ä%"), 1 + 3 + 6 + 3);
        let cut = clip_message(&"ä".repeat(100), 60);
        assert!(message_len(&cut) <= 60 && cut.ends_with('…'), "{cut}");
    }
}
