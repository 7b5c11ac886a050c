//! Tolerant reading of OneSmile's JSON: three names for the data, one object or
//! many, numbers or digits, `""` or `null` for nothing (contract onesmile 6).

use crate::backend::lenient::{content, file_name, id_of, int_of, refused, text_of};
use crate::backend::times::{self, Micros};
use crate::backend::{Refusal, RefusalKind};
use crate::io::Response;
use crate::json::Json;
use crate::model::{Content, FileContent, FileKind, MessageId};
use crate::text::contains;

/// A text without a scheme that is longer than this is a file in Base64.
const LONG: usize = 200;

/// A row of a page.
pub(super) struct Row {
    pub(super) id: MessageId,
    /// The row's number, which grows.
    pub(super) order: i64,
    pub(super) at: Micros,
    /// Who wrote it, as it seems.
    pub(super) member: Option<String>,
    /// To whom.
    pub(super) recipient: String,
    pub(super) content: Option<Content>,
    pub(super) is_own: bool,
}

/// A room of the list.
pub(super) struct Listed {
    pub(super) room: String,
    pub(super) recipient: String,
    pub(super) title: String,
    pub(super) last: String,
    pub(super) at: Micros,
    pub(super) unseen: u32,
}

/// Whether a request was done, and what it means when it was not (contract 7).
/// Success is what the body says: the status may be 200 either way.
pub(super) fn answer(response: &Response) -> Result<Json, Refusal> {
    match response.status {
        401 | 403 => return Err(refused(RefusalKind::Token, None)),
        404 => return Err(refused(RefusalKind::Missing, None)),
        429 => return Err(refused(RefusalKind::Busy, None)),
        200..=499 => {}
        _ => return Err(refused(RefusalKind::Unclear, None)),
    }
    // What is not JSON is not from OneSmile but from something before it.
    let json = Json::parse(&response.body);
    let Some(json) = json.filter(|json| matches!(json, Json::Object(_))) else {
        let kind = if response.status == 413 {
            RefusalKind::Rejected
        } else {
            RefusalKind::Unclear
        };
        return Err(refused(kind, None));
    };
    let is_yes = |value: &Json| match value {
        Json::Bool(yes) => *yes,
        Json::Text(text) => text.eq_ignore_ascii_case("ok") || text.eq_ignore_ascii_case("true"),
        Json::Int(number) => *number == 1,
        Json::Null | Json::List(_) | Json::Object(_) => false,
    };
    let says = json.get("success").or_else(|| json.get("status"));
    if response.status < 300 && says.is_some_and(is_yes) {
        return Ok(json);
    }
    let first = json.at("errors").as_list().and_then(<[Json]>::first);
    let words = text_of(&json, "msg").or_else(|| text_of(&json, "message"));
    let folded = words.unwrap_or_default().to_ascii_lowercase();
    let kind = if contains(&folded, "invalid parameter") || contains(&folded, "token") {
        RefusalKind::Token
    } else {
        RefusalKind::Rejected
    };
    let detail = first.and_then(|error| text_of(error, "msg"));
    Err(refused(kind, detail.or(words)))
}

/// What an answer is about: the first of these keys that is there.
fn data(answer: &Json) -> &Json {
    let keys = ["room_detail", "response", "data"];
    let mut found = keys.into_iter().filter_map(|key| answer.get(key));
    found.next().unwrap_or(answer.at(""))
}

/// The rows of an answer: many, or one, or none.
pub(super) fn rows(answer: &Json) -> &[Json] {
    let data = data(answer);
    match data {
        Json::List(rows) => rows,
        Json::Object(_) => core::slice::from_ref(data),
        Json::Null | Json::Bool(_) | Json::Int(_) | Json::Text(_) => &[],
    }
}

/// The rows of a page that can be read.
pub(super) fn page(answer: &Json, zone: i64) -> Vec<Row> {
    let rows = rows(answer).iter();
    rows.filter_map(|row| self::row(row, zone)).collect()
}

/// A row. `None` when it has no id: nothing could be done with it.
fn row(row: &Json, zone: i64) -> Option<Row> {
    let order = int_of(row, "id").unwrap_or(0);
    let name = id_of(row, "message_uuid").or_else(|| id_of(row, "id"))?;
    let at = time(row, zone);
    let mut files = Vec::new();
    for (key, kind) in [("image", FileKind::Image), ("document", FileKind::Other)] {
        files.extend(text_of(row, key).map(|place| file(place, kind)));
    }
    Some(Row {
        id: times::id(at, Some(order), &name),
        order,
        at,
        member: id_of(row, "member_id"),
        recipient: id_of(row, "recipient_id").unwrap_or_default(),
        content: content(text_of(row, "message").unwrap_or_default(), files),
        is_own: false,
    })
}

fn time(row: &Json, zone: i64) -> Micros {
    let time = text_of(row, "created_date").and_then(|text| times::read(text, zone));
    time.unwrap_or_default()
}

/// A file at its URL, or in Base64 (contract 5.12).
fn file(place: &str, kind: FileKind) -> FileContent {
    let is_data = place.starts_with("data:") || place.len() > LONG;
    let is_url = contains(place, "://") || !is_data;
    let (kind, url, name) = if is_url {
        (kind, place.to_owned(), file_name(place))
    } else {
        let bytes = crate::text::cut(place, b",").map_or(place, |(_, bytes)| bytes);
        match picture(bytes) {
            Some(mime) => {
                let url = ["data:", mime, ";base64,", bytes].concat();
                (FileKind::Image, url, "image")
            }
            None => (FileKind::Other, String::new(), "file"),
        }
    };
    FileContent {
        kind,
        url,
        name: name.to_owned(),
        mime: None,
        size: None,
        dimensions: None,
    }
}

/// The type of a picture in Base64, by its first bytes.
fn picture(bytes: &str) -> Option<&'static str> {
    let known = [
        ("iVBORw0KGgo", "image/png"),
        ("/9j/", "image/jpeg"),
        ("R0lGOD", "image/gif"),
        ("UklGR", "image/webp"),
    ];
    let mut found = known
        .into_iter()
        .filter(|(start, _)| bytes.starts_with(start));
    found.next().map(|(_, mime)| mime)
}

/// A room of the list.
pub(super) fn listed(row: &Json, zone: i64) -> Option<Listed> {
    let text = |key: &str| text_of(row, key).unwrap_or_default().to_owned();
    let unseen = int_of(row, "un_seen").and_then(|count| u32::try_from(count).ok());
    Some(Listed {
        room: id_of(row, "room_id")?,
        recipient: id_of(row, "recipient_id").unwrap_or_default(),
        title: text("fullname"),
        last: text("message"),
        at: time(row, zone),
        unseen: unseen.unwrap_or(0),
    })
}

/// The id of the room that was made.
pub(super) fn made(answer: &Json) -> Option<String> {
    id_of(rows(answer).first()?, "room_id")
}
