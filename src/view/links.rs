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
    let mut in_word = false;
    for (at, c) in text.char_indices() {
        // "xhttps://" is not an address: it must begin a word. Letters of
        // other scripts may stand before it, as they need no blank between.
        let begins = at >= from && !in_word && c.is_ascii_alphabetic();
        in_word = c.is_ascii_alphanumeric();
        let rest = text.get(at..).unwrap_or_default();
        let (true, Some(scheme)) = (begins, scheme_at(rest)) else {
            continue;
        };
        let link = link(rest);
        if link.len() > scheme {
            if let Some(before) = text.get(plain..at).filter(|before| !before.is_empty()) {
                pieces.push(Piece::Plain(before));
            }
            pieces.push(Piece::Link(link));
            from = at + link.len();
            plain = from;
        }
    }
    if let Some(rest) = text.get(plain..).filter(|rest| !rest.is_empty()) {
        pieces.push(Piece::Plain(rest));
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

/// The address that `text` begins with: to the next blank, without the
/// punctuation of the sentence around it.
fn link(text: &str) -> &str {
    let mut link = text
        .split(|c: char| c <= ' ' || matches!(c, '<' | '>' | '"' | '\u{a0}' | '\u{3000}'))
        .next()
        .unwrap_or_default();
    // Counted once, for there may be very many.
    let count = |mark| link.bytes().filter(|letter| *letter == mark).count();
    let mut closed = [(b'(', b')'), (b'[', b']')].map(|(open, close)| (count(close), count(open)));
    while let Some(last) = link.chars().next_back() {
        let mut is_alone = |kind: usize| {
            let (close, open) = &mut closed[kind];
            let is_alone = *close > *open;
            *close -= 1;
            is_alone
        };
        let cut = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '…' | '。' | '、' | '，' => true,
            ')' => is_alone(0),
            ']' => is_alone(1),
            _ => false,
        };
        let Some(shorter) = link.strip_suffix(last).filter(|_| cut) else {
            break;
        };
        link = shorter;
    }
    link
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
            pieces("请看https://a.example/路径。"),
            [Plain("请看"), Link("https://a.example/路径"), Plain("。"),]
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
