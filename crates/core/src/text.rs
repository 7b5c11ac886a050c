//! Numbers as texts and texts cut up, in functions that are in the program
//! once. The standard library's are there anew for each type and pattern, and
//! those for numbers bring all of `core::fmt` along, which nothing else needs:
//! the release leaves it out (see `xtask/src/snip.rs`), so that `format!` and
//! `to_string` trap there.

/// The decimal digits of a number.
#[must_use]
pub fn digits(number: impl Into<i64>) -> String {
    let mut text = String::new();
    push_digits(number.into(), &mut text);
    text
}

pub(crate) fn push_digits(number: i64, out: &mut String) {
    if number < 0 {
        out.push('-');
    }
    push_unsigned(number.unsigned_abs(), out);
}

fn push_unsigned(number: u64, out: &mut String) {
    if number > 9 {
        push_unsigned(number / 10, out);
    }
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// The number that these digits are, if they are nothing else.
pub(crate) fn number(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (-1, digits),
        [b'+', digits @ ..] | digits => (1, digits),
    };
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, digit| {
        let digit = digit.wrapping_sub(b'0');
        let digit = Some(sign * i64::from(digit)).filter(|_| digit < 10)?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// What stands before and after the first of these ASCII letters.
#[must_use]
#[expect(clippy::manual_contains, reason = "`contains` is a fast, large search")]
pub fn cut<'a>(text: &'a str, marks: &[u8]) -> Option<(&'a str, &'a str)> {
    let is_mark = |letter| marks.iter().any(|mark| *mark == letter);
    let at = text.bytes().position(is_mark)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// What stands before the first of these ASCII letters, or all of it.
pub(crate) fn before<'a>(text: &'a str, marks: &[u8]) -> &'a str {
    cut(text, marks).map_or(text, |(before, _)| before)
}

/// What stands after the last of this ASCII letter, or all of it.
pub(crate) fn after(text: &str, mark: char) -> &str {
    let at = text.bytes().rposition(|letter| char::from(letter) == mark);
    at.and_then(|at| text.get(at + 1..)).unwrap_or(text)
}

/// Whether this part is somewhere in a text.
pub(crate) fn contains(text: &str, part: &str) -> bool {
    let mut places = text.as_bytes().windows(part.len());
    places.any(|place| place == part.as_bytes())
}

/// The text without the white space around it.
#[must_use]
#[inline(never)]
pub fn trim(text: &str) -> &str {
    text.trim()
}

/// A part of a URL's path, which leads nowhere else whatever it says.
#[cfg(feature = "voipbin")]
pub(crate) fn encoded(part: &str) -> String {
    let mut url = String::new();
    push_encoded(&mut url, part);
    url
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
#[allow(dead_code, reason = "OneSmile has nothing in its URLs")]
pub(crate) fn push_encoded(url: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            url.push(char::from(byte));
        } else {
            url.push('%');
            url.push(char::from(HEX[usize::from(byte >> 4)]));
            url.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_digits_and_numbers_again() {
        for value in [0, 7, 10, -1, 1_795_161_600_000, i64::MAX, i64::MIN] {
            assert_eq!(digits(value), value.to_string());
            assert_eq!(number(&value.to_string()), Some(value));
        }
        for text in [
            "",
            "-",
            "+",
            "+7",
            "-0",
            "007",
            "7 ",
            "1e3",
            "1.5",
            "/",
            ":",
            "9223372036854775808",
            "-9223372036854775809",
        ] {
            assert_eq!(number(text), text.parse().ok(), "{text}");
        }
    }

    #[test]
    fn texts_are_cut_at_the_first_mark() {
        assert_eq!(cut("ä?b#c?d", b"#?"), Some(("ä", "b#c?d")));
        assert_eq!(cut("a", b"?"), None);
        assert_eq!(before("a?b", b"?"), "a");
        assert_eq!(before("a", b"?"), "a");
        assert!(contains("Request has expired.", "has expired"));
        assert!(!contains("short", "longer than that"));
    }
}
