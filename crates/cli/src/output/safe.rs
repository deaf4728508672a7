//! Escapes texts from files and servers so that they can't control the terminal. All output for
//! people passes through this module: control characters and characters that reorder text become
//! escapes such as `\u{1b}`. The command line's own styles are not escaped: they carry a marker
//! that no external text can guess.

use std::fmt::{self, Write as _};
use std::sync::LazyLock;

use serde_json::Value;
use uuid::Uuid;

/// Starts an escape sequence of a terminal.
const ESCAPE: char = '\u{1b}';

/// Follows the escape character in the styles of this process.
static MARKER: LazyLock<String> = LazyLock::new(|| Uuid::new_v4().simple().to_string());

/// A style of the command line itself, such as bold: the numbers of an SGR sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style(pub(super) &'static str);

impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{ESCAPE}{}[{}m", *MARKER, self.0)
    }
}

/// Escapes control characters in a text of several lines; line ends stay.
pub(super) fn lines(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(index) = rest.find(|found| is_control(found) && found != '\n') {
        let (before, control) = rest.split_at(index);
        safe.push_str(before);
        let mut characters = control.chars();
        let found = characters.next().unwrap_or_default();
        rest = characters.as_str();
        match rest.strip_prefix(MARKER.as_str()) {
            Some(style) if found == ESCAPE => {
                safe.push(ESCAPE);
                rest = style;
            }
            Some(_) | None => escape(found, &mut safe),
        }
    }
    safe.push_str(rest);
    safe
}

/// Like [`lines`], for a text that must stay on one line, such as a table cell.
pub(crate) fn one_line(text: &str) -> String {
    lines(text).replace('\n', "\\u{a}")
}

/// A JSON object with all characters escaped that control a terminal: JSON itself requires escapes
/// only up to U+001F. Such characters occur only in its strings.
pub(crate) fn json(object: &Value) -> String {
    let mut safe = String::new();
    for found in object.to_string().chars() {
        if is_control(found) {
            let mut units = [0; 2];
            for unit in found.encode_utf16(&mut units) {
                let _infallible = write!(safe, "\\u{unit:04x}");
            }
        } else {
            safe.push(found);
        }
    }
    safe
}

fn escape(found: char, safe: &mut String) {
    let _infallible = write!(safe, "\\u{{{:x}}}", u32::from(found));
}

/// Whether a character controls a terminal (C0, DEL, C1), or changes the order or the lines of a
/// text.
fn is_control(found: char) -> bool {
    let orders = matches!(
        found,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    let separates = matches!(found, '\u{2028}' | '\u{2029}');
    found.is_control() || orders || separates
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Control characters, each with its escaped form.
    const CONTROLS: [(&str, &str); 9] = [
        ("\u{1b}[31m", "\\u{1b}[31m"),
        ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
        ("\r", "\\u{d}"),
        ("\u{8}", "\\u{8}"),
        ("\u{7f}", "\\u{7f}"),
        ("\u{9b}31m", "\\u{9b}31m"),
        ("\u{202e}", "\\u{202e}"),
        ("\u{2066}", "\\u{2066}"),
        ("\u{2028}", "\\u{2028}"),
    ];

    #[test]
    fn terminal_control_characters_are_escaped() {
        for (control, written) in CONTROLS {
            assert_eq!(lines(&format!("a{control}b")), format!("a{written}b"));
            assert_eq!(one_line(control), written);
        }
    }

    #[test]
    fn texts_and_line_ends_stay_as_they_are() {
        let text = "✔ Zoë – 木村 👩‍💻\nשלום";
        assert_eq!(lines(text), text);
        assert_eq!(one_line("a\nb"), "a\\u{a}b");
    }

    #[test]
    fn own_styles_pass_and_others_do_not() {
        let styled = format!("{}\u{1b}[32m{}", Style("1"), Style("0"));
        assert_eq!(lines(&styled), "\u{1b}[1m\\u{1b}[32m\u{1b}[0m");
    }

    #[test]
    fn json_stays_the_same_object_and_controls_nothing() {
        for (control, _) in CONTROLS {
            let object = json!({ "name": format!("a{control}\nb"), control: 1 });
            let text = json(&object);
            assert!(!text.contains(is_control), "{text:?}");
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), object);
        }
    }
}
