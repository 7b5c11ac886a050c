//! Tolerant reading of the Concierge's JSON: numbers or digits, three names
//! for one key, fields that may be missing (contract 6).

use crate::backend::{ConversationInfo, FilePlace, Message, Refusal, RefusalKind};
use crate::io::{Response, Url};
use crate::json::Json;
use crate::model::{Author, Content, ConversationId, FileContent, FileKind, MessageId, Uid};
use crate::text::{before, digits, number, trim};
use crate::time::Timestamp;

/// Longest text of the server that a visitor is shown, in bytes.
const SHORT: usize = 160;
/// `status` of a message that was taken back (contract 4.4).
const STATUS_UNSENT: i64 = 0;
/// `status` of a message that was seen (contract 4.4).
const STATUS_SEEN: i64 = 4;

/// The content of an answer: `body`, else `payload`, else `data`, else the
/// frame itself (contract 4.2).
pub(super) fn content_of(frame: &Json) -> &Json {
    first(frame, ["body", "payload", "data"])
}

/// The content of an event: `payload`, else `body`, else `data`, else the
/// frame itself (contract 5.7).
pub(super) fn event_body(frame: &Json) -> &Json {
    first(frame, ["payload", "body", "data"])
}

fn first<'a>(frame: &'a Json, keys: [&str; 3]) -> &'a Json {
    keys.into_iter()
        .find_map(|key| frame.get(key))
        .unwrap_or(frame)
}

/// Whether an answer says success, by `status` or `statusCode`.
pub(super) fn is_ok(frame: &Json) -> bool {
    status(frame) == Some(200)
}

fn status(frame: &Json) -> Option<i64> {
    ["status", "statusCode"]
        .into_iter()
        .find_map(|key| int(frame.get(key)?))
}

/// What a refused answer means (contract 7).
pub(super) fn refusal(frame: &Json) -> Refusal {
    let kind = match status(frame) {
        Some(401 | 403) => RefusalKind::Token,
        Some(404) => RefusalKind::Missing,
        Some(400..=428 | 430..=499) => RefusalKind::Rejected,
        Some(_) | None => RefusalKind::Unclear,
    };
    let text = text_of(frame, "message").or_else(|| text_of(content_of(frame), "message"));
    refused(kind, text)
}

fn refused(kind: RefusalKind, text: Option<&str>) -> Refusal {
    Refusal {
        kind,
        text: text.filter(|text| text.len() <= SHORT).map(str::to_owned),
    }
}

/// The answer of `get-upload-url`, whose keys come in several spellings, with
/// or without the outer `data` (contract 4.6; 6, 37).
pub(super) fn place(response: &Response) -> Result<FilePlace, Refusal> {
    let json = Json::parse(&response.body).unwrap_or(Json::Null);
    if !matches!(response.status, 200..=299) {
        let kind = match response.status {
            401 | 403 => RefusalKind::Token,
            404 | 429 | 500.. => RefusalKind::Unclear,
            _ => RefusalKind::Rejected,
        };
        let list = json.get("errors").unwrap_or(&json).as_list();
        let error = list.and_then(<[Json]>::first).unwrap_or(json.at("error"));
        let text = text_of(error, "message").or_else(|| text_of(&json, "message"));
        return Err(refused(kind, text));
    }
    let data = json.get("data").unwrap_or(&json);
    let data = data.get("uploadUrlData").unwrap_or(data);
    let url = |keys: [&str; 2]| keys.into_iter().find_map(|key| text_of(data, key));
    let upload = url(["uploadURL", "uploadUrl"]);
    let public = url(["resourceUrl", "resourceURL"]);
    match (upload, public) {
        (Some(upload), Some(public)) => Ok(FilePlace {
            upload: Url(upload.to_owned()),
            public: public.to_owned(),
        }),
        (None, _) | (_, None) => Err(refused(RefusalKind::Unclear, None)),
    }
}

/// A text field that says something.
pub(super) fn text_of<'a>(value: &'a Json, key: &str) -> Option<&'a str> {
    value
        .get(key)?
        .as_str()
        .filter(|text| !trim(text).is_empty())
}

/// A number, or digits in a string.
fn int(value: &Json) -> Option<i64> {
    value.as_int().or_else(|| number(trim(value.as_str()?)))
}

/// An id: a string, or a number as its digits.
fn id(value: &Json) -> Option<String> {
    match value {
        Json::Text(text) if !text.is_empty() => Some(text.clone()),
        Json::Int(number) => Some(digits(*number)),
        Json::Text(_) | Json::Null | Json::Bool(_) | Json::List(_) | Json::Object(_) => None,
    }
}

/// The `messageId` of a delete event or answer.
pub(super) fn message_id(body: &Json) -> Option<MessageId> {
    id(body.get("messageId")?).map(MessageId)
}

/// `unreadMsgCount`, a number or digits.
pub(super) fn unread_count(body: &Json) -> Option<u32> {
    u32::try_from(int(body.get("unreadMsgCount")?)?).ok()
}

/// The session part of an answer or event. Of the tenant only the id is read:
/// the rest of that object is personal data (contract 3.2).
pub(super) fn conversation_info(body: &Json) -> Option<ConversationInfo> {
    let session = match body.get("chatSession") {
        Some(session @ Json::Object(_)) => session,
        Some(_) | None => body,
    };
    let conversation = session
        .get("chatSessionId")
        .and_then(id)
        .or_else(|| id(body.get("chatSessionId")?));
    let closed = session.get("isSessionClosed").and_then(Json::as_bool);
    if conversation.is_none() && closed.is_none() {
        return None;
    }
    let side = |key: &str| session.get(key).and_then(Json::as_str);
    let started_by_staff = side("chatInitiatedByEntityType") == Some(STAFF);
    // Nobody has joined when the key is null or not there.
    let joined = side("chatJoinedByEntityType") == Some(STAFF) || started_by_staff;
    let connection = body.at("connection");
    let time = |key: &str| connection.get(key).and_then(int);
    let life = match (time("expiredAt"), time("updatedAt")) {
        (Some(end), Some(start)) => u64::try_from(end.saturating_sub(start)).ok(),
        (None, _) | (_, None) => None,
    };
    let visitor = body.get("tenant").and_then(|tenant| id(tenant.get("id")?));
    Some(ConversationInfo {
        id: conversation.map(ConversationId),
        closed: closed.unwrap_or(false),
        joined: closed.map(|_| joined),
        visitor,
        life,
        seen_until: None,
    })
}

/// `senderEntityType` of the people behind the site.
const STAFF: &str = "BACKEND_USER";

/// One message. `None` when it has no id: nothing could be done with it.
pub(super) fn message(row: &Json) -> Option<Message> {
    let id = self::id(row.get("id")?).map(MessageId)?;
    let metadata = ["metadata", "metdata"]
        .into_iter()
        .find_map(|key| row.get(key))
        .unwrap_or(&Json::Null);
    let author = match row.get("senderEntityType").and_then(Json::as_str) {
        Some("TENANT") => Author::Me,
        Some(_) | None => Author::Them,
    };
    let status = row.get("status").and_then(int);
    let text = row
        .get("messageContent")
        .and_then(Json::as_str)
        .unwrap_or("");
    let gone = status == Some(STATUS_UNSENT) || text.is_empty();
    let kind = row
        .get("contentType")
        .and_then(Json::as_str)
        .unwrap_or("TEXT");
    let at = ["sentAt", "deliveredAt"]
        .into_iter()
        .find_map(|key| int(row.get(key)?));
    Some(Message {
        id,
        conversation: row
            .get("chatSessionId")
            .and_then(self::id)
            .map(ConversationId),
        uid: text_of(metadata, "messageUid").map(|uid| Uid(uid.to_owned())),
        author,
        content: (!gone).then(|| content(kind, text, metadata)),
        at: Timestamp(at.unwrap_or(0)),
        seen: status == Some(STATUS_SEEN) || row.get("seenAt").and_then(int).is_some(),
    })
}

/// What a message shows, by its open-ended `contentType` (contract 6, 21).
fn content(kind: &str, text: &str, metadata: &Json) -> Content {
    let is_url = text.starts_with("https://") || text.starts_with("http://");
    let mime = text_of(metadata, "mimeType");
    let kind = match kind {
        "TEXT" => return Content::Text(text.to_owned()),
        // Old clients send films as pictures (contract 4.3).
        "IMAGE" if ends_like_film(text) => FileKind::Video,
        "IMAGE" => FileKind::Image,
        "VIDEO" => FileKind::Video,
        "FILE" if mime.is_some_and(|mime| mime.starts_with("audio/")) => FileKind::Audio,
        "FILE" => FileKind::Other,
        _ if is_url => FileKind::Other,
        _ => return Content::Text(text.to_owned()),
    };
    let pixels = |key: &str| {
        u32::try_from(int(metadata.get(key)?)?)
            .ok()
            .filter(|n| *n > 0)
    };
    Content::File(FileContent {
        kind,
        url: text.to_owned(),
        name: file_name(text, metadata),
        mime: mime.map(str::to_owned),
        size: metadata
            .get("fileSize")
            .and_then(int)
            .and_then(|size| u64::try_from(size).ok()),
        dimensions: pixels("width").zip(pixels("height")),
    })
}

/// The path of a URL, without query and fragment.
fn path(url: &str) -> &str {
    before(url, b"?#")
}

fn ends_like_film(url: &str) -> bool {
    let path = path(url).to_ascii_lowercase();
    path.ends_with(".mp4") || path.ends_with(".mov")
}

/// What stands after the last slash.
fn last(path: &str) -> &str {
    let slash = path.bytes().rposition(|letter| letter == b'/');
    slash.and_then(|at| path.get(at + 1..)).unwrap_or(path)
}

/// The name as either side writes it, else the end of the URL (contract 4.3).
fn file_name(url: &str, metadata: &Json) -> String {
    text_of(metadata, "filename")
        .or_else(|| text_of(metadata, "fileName"))
        .or_else(|| text_of(metadata.get("file")?, "name"))
        .unwrap_or_else(|| last(path(url)))
        .to_owned()
}
