//! What reading the wires of several systems has in common: numbers or digits,
//! texts that say something, plain texts beside files.

use crate::backend::{Refusal, RefusalKind};
use crate::json::Json;
use crate::model::{Content, FileContent, Rich, RichKind, Room};
use crate::text::{after, before, digits, number, trim};

/// Longest text of a server that a visitor is shown, in bytes.
const SHORT: usize = 160;

/// A refusal, with the server's words if they are short.
pub(super) fn refused(kind: RefusalKind, text: Option<&str>) -> Refusal {
    Refusal {
        kind,
        text: text.filter(|text| text.len() <= SHORT).map(str::to_owned),
    }
}

/// A text field that says something.
pub(super) fn text_of<'a>(value: &'a Json, key: &str) -> Option<&'a str> {
    let text = value.get(key)?.as_str()?;
    (!trim(text).is_empty()).then_some(text)
}

/// Where the page's own endpoint has put a file, `{url}` or `{data: {url}}`.
pub(super) fn stored(answer: &Json) -> Option<String> {
    let url = text_of(answer.at("data"), "url").or_else(|| text_of(answer, "url"));
    url.map(str::to_owned)
}

/// A number, or digits in a string.
pub(super) fn int_of(value: &Json, key: &str) -> Option<i64> {
    let value = value.get(key)?;
    value.as_int().or_else(|| number(trim(value.as_str()?)))
}

/// An id: a string, or a number as its digits.
pub(super) fn id_of(value: &Json, key: &str) -> Option<String> {
    let value = value.get(key)?;
    if let Some(number) = value.as_int() {
        return Some(digits(number));
    }
    let text = trim(value.as_str()?);
    (!text.is_empty()).then(|| text.to_owned())
}

/// A path on a base URL, whether that ends with a slash or not.
pub(super) fn url(base: &str, path: &str) -> String {
    let base = base.strip_suffix('/').unwrap_or(base);
    [base, "/", path].concat()
}

/// The name of a file as its URL ends.
pub(super) fn file_name(url: &str) -> &str {
    after(before(url, b"?#"), '/')
}

/// Puts a room where it belongs: the newest first.
pub(super) fn push_room(rooms: &mut Vec<Room>, room: Room) {
    let index = rooms.partition_point(|other| other.at >= room.at);
    rooms.insert(index, room);
}

/// A plain text with the files that come with it; nothing without either.
pub(super) fn content(text: &str, mut files: Vec<FileContent>) -> Option<Content> {
    let has_text = !trim(text).is_empty();
    match files.len() {
        0 if has_text => Some(Content::Text(text.to_owned())),
        0 => None,
        1 if !has_text => files.pop().map(Content::File),
        _ => Some(Content::rich(Rich {
            kind: RichKind::Plain,
            text: text.to_owned(),
            files,
            answered: false,
            parts: String::new(),
        })),
    }
}
