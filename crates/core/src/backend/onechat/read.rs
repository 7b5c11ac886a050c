//! Tolerant reading of the server's JSON: what may be missing, null, a number
//! or its digits (contract 3.3 to 3.6, 6).

use super::rich;
use crate::backend::{ConversationInfo, Message};
use crate::json::Json;
use crate::model::{Author, Content, ConversationId, FileContent, FileKind, MessageId, Room, Uid};
use crate::text::{after, before, digits, number, trim};
use crate::time::Timestamp;

/// A text that says something.
pub(super) fn said<'a>(value: &'a Json, key: &str) -> Option<&'a str> {
    let text = value.at(key).as_str();
    text.filter(|text| !trim(text).is_empty())
}

/// A text, or a number as its digits; else nothing.
pub(super) fn text(value: &Json, key: &str) -> String {
    id(value.at(key)).unwrap_or_default()
}

/// A number, or digits in a string.
pub(super) fn int(value: &Json) -> Option<i64> {
    value.as_int().or_else(|| number(trim(value.as_str()?)))
}

/// An id: a string, or a number as its digits.
pub(super) fn id(value: &Json) -> Option<String> {
    match value {
        Json::Text(text) if !text.is_empty() => Some(text.clone()),
        Json::Int(number) => Some(digits(*number)),
        Json::Text(_) | Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
    }
}

/// The server counts seconds (contract 3.6).
pub(super) const fn time(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(1_000))
}

pub(super) fn rows<'a>(value: &'a Json, key: &str) -> &'a [Json] {
    value.at(key).as_list().unwrap_or_default()
}

pub(super) fn is_true(value: &Json, key: &str) -> bool {
    value.at(key).as_bool() == Some(true)
}

// ---- conversations ----

pub(super) fn is_resolved(row: &Json) -> bool {
    row.at("status").as_str() == Some("resolved")
}

/// A conversation of an answer or event (contract 3.3, 3.8).
pub(super) fn conversation(row: &Json) -> Option<ConversationInfo> {
    let seen_until = int(row.at("agent_last_seen_at")).filter(|at| *at > 0);
    Some(ConversationInfo {
        id: Some(ConversationId(id(row.at("id"))?)),
        closed: is_resolved(row),
        joined: (row.get("meta")).map(|meta| meta.get("assignee").is_some()),
        visitor: None,
        life: None,
        seen_until: seen_until.map(time),
    })
}

/// A conversation of the list. Of the messages in there only the visitor's own
/// are shown: others may be notes that are not for the visitor, and nothing
/// tells which (contract 3.3).
pub(super) fn room(row: &Json) -> Option<Room> {
    let seen = int(row.at("contact_last_seen_at")).unwrap_or(0);
    let mut room = Room {
        id: ConversationId(id(row.at("id"))?),
        title: String::new(),
        last: String::new(),
        at: time(0),
        unread: 0,
    };
    let mut newest = -1;
    for row in rows(row, "messages") {
        let at = int(row.at("created_at")).unwrap_or(0);
        room.at = room.at.max(time(at));
        if is_hidden(row) {
            continue;
        }
        match author(row) {
            Some(Author::Me) if at >= newest => {
                newest = at;
                let content = content(row, &Author::Me);
                room.last = content.map_or_else(String::new, |it| it.preview().to_owned());
            }
            Some(Author::Them) if at > seen => room.unread = room.unread.saturating_add(1),
            Some(_) | None => {}
        }
    }
    Some(room)
}

// ---- messages ----

/// Who wrote a message: by number, or by name (contract 6, 10).
fn author(row: &Json) -> Option<Author> {
    match row.at("message_type") {
        Json::Int(0) => Some(Author::Me),
        Json::Int(1 | 3) => Some(Author::Them),
        Json::Text(name) => match name.as_str() {
            "incoming" | "0" => Some(Author::Me),
            "outgoing" | "template" | "1" | "3" => Some(Author::Them),
            _ => None,
        },
        Json::Int(_) | Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
    }
}

/// Whether a message is not for the visitor: a note, or what the dashboard logs.
pub(super) fn is_hidden(row: &Json) -> bool {
    let kind = row.at("message_type");
    is_true(row, "private") || int(kind) == Some(2) || kind.as_str() == Some("activity")
}

/// One message. `None` when it is not for the visitor, or nothing can be done
/// with it.
pub(super) fn message(row: &Json) -> Option<Message> {
    if is_hidden(row) {
        return None;
    }
    let author = author(row)?;
    let is_deleted = is_true(row.at("content_attributes"), "deleted");
    let content = if is_deleted {
        None
    } else {
        Some(content(row, &author)?)
    };
    Some(Message {
        id: MessageId(id(row.at("id"))?),
        conversation: id(row.at("conversation_id")).map(ConversationId),
        uid: said(row, "echo_id").map(|uid| Uid(uid.to_owned())),
        content,
        at: time(int(row.at("created_at"))?),
        // What a contact has read of the other side's (contract 3.6).
        seen: author == Author::Them && row.at("status").as_str() == Some("read"),
        author,
    })
}

/// What a message shows. `None` when that is nothing at all.
fn content(row: &Json, author: &Author) -> Option<Content> {
    let mut text = text(row, "content");
    let mut files = Vec::new();
    for attachment in rows(row, "attachments") {
        if let Some(file) = file(attachment) {
            files.push(file);
        } else if let Some(title) = said(attachment, "fallback_title") {
            // A place or a person.
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(title);
        }
    }
    if *author == Author::Them {
        let kind = row.at("content_type").as_str().unwrap_or_default();
        return rich::rich(kind, text, files, row.at("content_attributes"));
    }
    match rich::one_file(&text, files) {
        Ok(file) => Some(file),
        Err(files) if files.is_empty() => (!text.is_empty()).then_some(Content::Text(text)),
        Err(files) => Some(rich::markdown(text, files)),
    }
}

/// An attachment that lies somewhere (contract 3.5).
fn file(row: &Json) -> Option<FileContent> {
    let url = said(row, "data_url")?;
    let pixels = |key: &str| {
        let pixels = int(row.at(key)).filter(|pixels| *pixels > 0);
        pixels.and_then(|pixels| u32::try_from(pixels).ok())
    };
    let name = said(row, "fallback_title").map(str::to_owned);
    Some(FileContent {
        kind: FileKind::named(row.at("file_type").as_str().unwrap_or_default()),
        url: url.to_owned(),
        name: name.unwrap_or_else(|| decoded(after(before(url, b"?#"), '/'))),
        mime: said(row, "content_type").map(str::to_owned),
        size: int(row.at("file_size")).and_then(|size| u64::try_from(size).ok()),
        dimensions: pixels("width").zip(pixels("height")),
    })
}

/// A part of a URL as it was before it was encoded.
fn decoded(text: &str) -> String {
    let digit = |letter: Option<u8>| char::from(letter?).to_digit(16);
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        if byte == b'%'
            && let (Some(high), Some(low)) = (digit(ahead.next()), digit(ahead.next()))
        {
            bytes.push((high << 4 | low) as u8);
            rest = ahead;
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}
