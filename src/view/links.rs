//! Finds the addresses in a text. Only these become links, and only with a
//! scheme that a person meant to write.

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Shown as it is.
    Plain(&'a str),
    /// Shown as a link to itself.
    Link(&'a str),
}

const SCHEMES: [&str; 4] = ["https://", "http://", "mailto:", "tel:"];

/// Whether `url` begins with a scheme that may become a link.
pub(super) fn is_link(url: &str) -> bool {
    scheme_at(url).is_some()
}

/// Cuts `text` into plain pieces and links. Joined, they are the text again.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut plain = 0;
    let mut from = 0;
    let mut before = None;
    while let Some(c) = text[from..].chars().next() {
        let rest = &text[from..];
        // "xhttps://" is not an address: it must begin a word.
        let begins_word = before.is_none_or(|c: char| !c.is_alphanumeric());
        if begins_word
            && c.is_ascii_alphabetic()
            && let Some(scheme) = scheme_at(rest)
        {
            let len = link_len(rest);
            if len > scheme {
                if plain < from {
                    pieces.push(Piece::Plain(&text[plain..from]));
                }
                pieces.push(Piece::Link(&text[from..from + len]));
                from += len;
                plain = from;
                before = None;
                continue;
            }
        }
        before = Some(c);
        from += c.len_utf8();
    }
    if plain < text.len() {
        pieces.push(Piece::Plain(&text[plain..]));
    }
    pieces
}

/// The length of the scheme that `text` begins with.
fn scheme_at(text: &str) -> Option<usize> {
    SCHEMES.iter().map(|scheme| scheme.len()).find(|len| {
        text.get(..*len)
            .is_some_and(|start| SCHEMES.iter().any(|s| s.eq_ignore_ascii_case(start)))
    })
}

/// The length of the address that `text` begins with: to the next blank,
/// without the punctuation of the sentence around it.
fn link_len(text: &str) -> usize {
    let end = text
        .find(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"'))
        .unwrap_or(text.len());
    let mut link = &text[..end];
    while let Some(last) = link.chars().next_back() {
        let cut = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '…' | '。' | '、' | '，' => true,
            ')' => link.matches(')').count() > link.matches('(').count(),
            ']' => link.matches(']').count() > link.matches('[').count(),
            _ => false,
        };
        if !cut {
            break;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
    link.len()
}

#[cfg(test)]
mod tests {
    use super::{Piece, pieces};
    use Piece::{Link, Plain};

    #[test]
    fn addresses_become_links_without_the_punctuation_around_them() {
        assert_eq!(
            pieces("See https://a.example/x, or (http://b.example/(y))."),
            [
                Plain("See "),
                Link("https://a.example/x"),
                Plain(", or ("),
                Link("http://b.example/(y)"),
                Plain(")."),
            ]
        );
        assert_eq!(
            pieces("mailto:desk@hotel.example TEL:+431234"),
            [
                Link("mailto:desk@hotel.example"),
                Plain(" "),
                Link("TEL:+431234"),
            ]
        );
    }

    #[test]
    fn nothing_else_becomes_a_link() {
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "xhttps://a.example",
            "https://",
            "hotel: 5",
            "ünïcode 字",
            "",
        ] {
            assert!(
                !pieces(text).iter().any(|piece| matches!(piece, Link(_))),
                "{text}"
            );
        }
    }
}
