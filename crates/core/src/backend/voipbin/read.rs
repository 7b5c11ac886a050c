//! Tolerant reading of VoIPBIN's JSON: two forms of times, three shapes of
//! events, parts that are empty, null or not there (contract voipbin 6).

use super::kept::short;
use crate::backend::lenient::{content, file_name, id_of, int_of, refused, text_of};
use crate::backend::times::{self, Micros};
use crate::backend::{Refusal, RefusalKind};
use crate::io::Response;
use crate::json::Json;
use crate::model::{Content, FileContent, FileKind, MessageId};
use crate::text::contains;

/// `tm_delete` of what is there is null, or a time in the year 9999.
const NEVER: Micros = Micros(253_370_764_800_000_000);
/// An id that says that there is none.
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";

/// What an answer is, and what it means when it is a refusal (contract 7). A
/// refusal without a word is `Missing`: only the call tells more.
pub(super) fn answer(response: &Response) -> Result<Json, Refusal> {
    let json = Json::parse(&response.body);
    if matches!(response.status, 200..=299) {
        // Whatever is not JSON is not from VoIPBIN, if it is anything at all.
        let json = json.or_else(|| (response.status == 204).then_some(Json::Null));
        return json.ok_or_else(|| refused(RefusalKind::Unclear, None));
    }
    let json = json.unwrap_or(Json::Null);
    let error = json.at("error");
    let kind = match response.status {
        401 => RefusalKind::Token,
        404 => RefusalKind::Missing,
        400 if error == &Json::Null => RefusalKind::Missing,
        429 => RefusalKind::Busy,
        400..=499 => RefusalKind::Rejected,
        _ => RefusalKind::Unclear,
    };
    Err(refused(kind, text_of(error, "message")))
}

/// The rows of a list.
pub(super) fn result(answer: &Json) -> &[Json] {
    let rows = answer.get("result").unwrap_or(answer);
    rows.as_list().unwrap_or_default()
}

/// A room: a legacy chat room or a talk.
pub(super) struct Listed {
    pub(super) id: String,
    /// Whose view of the chat it is.
    pub(super) owner: Option<String>,
    /// Its name or what it is about.
    pub(super) title: Option<String>,
    /// Who takes part.
    pub(super) others: Vec<String>,
    pub(super) at: Micros,
    pub(super) is_gone: bool,
}

pub(super) fn room(row: &Json) -> Option<Listed> {
    let title = text_of(row, "name").or_else(|| text_of(row, "detail"));
    let people = row.at("participant_ids").as_list().unwrap_or_default();
    let others = people.iter().filter_map(Json::as_str).map(str::to_owned);
    Some(Listed {
        id: id_of(row, "id")?,
        owner: id_of(row, "owner_id"),
        title: title.map(str::to_owned),
        others: others.collect(),
        at: time(row, "tm_update").max(time(row, "tm_create")),
        is_gone: is_gone(row),
    })
}

/// A time; 1970 when there is none.
fn time(row: &Json, key: &str) -> Micros {
    let time = text_of(row, key).and_then(|text| times::read(text, 0));
    time.unwrap_or_default()
}

fn is_gone(row: &Json) -> bool {
    let time = time(row, "tm_delete");
    Micros::default() < time && time < NEVER
}

/// A message of either chat.
pub(super) struct Said {
    pub(super) id: MessageId,
    pub(super) author: Option<String>,
    /// What its author is called.
    pub(super) name: Option<String>,
    pub(super) is_system: bool,
    pub(super) is_gone: bool,
    pub(super) at: Micros,
    text: String,
    medias: Vec<Media>,
}

/// What comes with a text.
enum Media {
    /// A file of the system, which has a URL only for some time.
    File(String),
    /// A file somewhere else.
    Link(String),
}

/// A message. All copies of a legacy one are the same one.
pub(super) fn message(row: &Json) -> Option<Said> {
    let name = id_of(row, "messagechat_id").or_else(|| id_of(row, "id"))?;
    let at = time(row, "tm_create");
    let source = row.get("source");
    // A copy's owner is whose copy it is.
    let author = match source {
        Some(source) => id_of(source, "target"),
        None if row.get("chatroom_id").is_some() => None,
        None => id_of(row, "owner_id"),
    };
    let source = source.unwrap_or(row.at(""));
    let called = text_of(source, "target_name").or_else(|| text_of(source, "name"));
    let mut text = text_of(row, "text").unwrap_or_default().to_owned();
    let mut medias = Vec::new();
    for media in row.at("medias").as_list().unwrap_or_default() {
        if let Some(file) = file_of(media) {
            medias.push(Media::File(file));
        } else if let Some(link) = text_of(media, "link_url") {
            medias.push(Media::Link(link.to_owned()));
        } else if let Some(line) = line_of(media) {
            if !text.is_empty() {
                text.push('\n');
            }
            text.push_str(&line);
        }
    }
    Some(Said {
        id: times::id(at, None, &name),
        author,
        name: called.map(str::to_owned),
        is_system: text_of(row, "type") == Some("system"),
        is_gone: is_gone(row),
        at,
        text,
        medias,
    })
}

/// The file of a media, unless there is none.
fn file_of(media: &Json) -> Option<String> {
    id_of(media, "file_id").filter(|id| id != NOBODY)
}

/// A media that is shown in words: a telephone number or the like, or an agent's
/// name, else their id as titles have it.
fn line_of(media: &Json) -> Option<String> {
    if let Some(address) = text_of(media.at("address"), "target") {
        return Some(address.to_owned());
    }
    let agent = media.at("agent");
    let id = id_of(agent, "id").or_else(|| id_of(media, "agent_id"));
    let id = id.filter(|id| id != NOBODY)?;
    Some(text_of(agent, "name").unwrap_or(short(&id)).to_owned())
}

/// The files of a row, those that are gone with it left out.
pub(super) fn files(row: &Json) -> Vec<String> {
    let medias = row.at("medias").as_list().unwrap_or_default();
    let medias = if is_gone(row) { &[] } else { medias };
    medias.iter().filter_map(file_of).collect()
}

impl Said {
    /// Its files that the system has.
    pub(super) fn files(&self) -> impl Iterator<Item = &str> {
        self.medias.iter().filter_map(|media| match media {
            Media::File(id) => Some(id.as_str()),
            Media::Link(_) => None,
        })
    }

    /// What it shows, if that is anything; `find` knows files.
    pub(super) fn content(&self, find: impl Fn(&str) -> Option<FileContent>) -> Option<Content> {
        let files = self.medias.iter().map(|media| match media {
            // The id stands for the file until it is known: no view loads it.
            Media::File(id) => find(id).unwrap_or_else(|| named(id, "file")),
            Media::Link(link) => named(link, file_name(link)),
        });
        content(&self.text, files.collect())
    }
}

/// A file and until when its URL is good.
pub(super) fn file(row: &Json) -> (FileContent, Micros) {
    let url = text_of(row, "uri_download").unwrap_or_default();
    let name = text_of(row, "filename").or_else(|| text_of(row, "name"));
    let mut file = named(url, name.unwrap_or("file"));
    let size = int_of(row, "filesize");
    file.size = size.and_then(|size| u64::try_from(size).ok());
    let until = time(row, "tm_download_expire");
    let until = if until == Micros::default() && !url.is_empty() {
        NEVER
    } else {
        until
    };
    (file, until)
}

/// A file by its URL and its name, whose ending tells what it is.
fn named(url: &str, name: &str) -> FileContent {
    let small = name.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| small.ends_with(ending));
    let kind = if ends(&[".png", ".jpg", ".jpeg", ".gif", ".webp"]) {
        FileKind::Image
    } else if ends(&[".mp4", ".mov", ".webm"]) {
        FileKind::Video
    } else if ends(&[".mp3", ".m4a", ".ogg", ".wav"]) {
        FileKind::Audio
    } else {
        FileKind::Other
    };
    FileContent {
        kind,
        url: url.to_owned(),
        name: name.to_owned(),
        mime: None,
        size: None,
        dimensions: None,
    }
}

/// What an event tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Message,
    MessageGone,
    Room,
    RoomGone,
    /// Somebody has joined or left.
    People,
    Unknown,
}

/// An event and what it is about: with a type around it, or in a third form that
/// only documents have, or bare (contract 3.4).
pub(super) fn event(frame: &Json) -> (Event, &Json) {
    let kind = text_of(frame, "event_type").or_else(|| text_of(frame, "type"));
    match (frame.get("data"), kind) {
        (Some(data @ Json::Object(_)), Some(kind)) if is_kind(kind) => (named_event(kind), data),
        _ => (bare_event(frame), frame),
    }
}

/// Whether a type is one of an event: words with `_` between.
fn is_kind(kind: &str) -> bool {
    let is_part = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
    contains(kind, "_") && kind.bytes().all(is_part)
}

fn named_event(kind: &str) -> Event {
    let is_gone = kind.ends_with("_deleted");
    if contains(kind, "webchat") {
        Event::Unknown
    } else if contains(kind, "message") {
        if is_gone {
            Event::MessageGone
        } else {
            Event::Message
        }
    } else if contains(kind, "participant") {
        Event::People
    } else if kind.starts_with("chat") {
        if is_gone {
            Event::RoomGone
        } else {
            Event::Room
        }
    } else {
        Event::Unknown
    }
}

fn bare_event(row: &Json) -> Event {
    let is_room = ["direct", "group", "talk"];
    let kind = text_of(row, "type").unwrap_or_default();
    let is_in_room = row
        .get("chat_id")
        .or_else(|| row.get("chatroom_id"))
        .is_some();
    let says_something = row.get("text").or_else(|| row.get("medias")).is_some();
    if row.get("id").is_none() {
        Event::Unknown
    } else if row.get("tm_joined").is_some() {
        Event::People
    } else if is_in_room && says_something {
        Event::Message
    } else if row.get("member_count").is_some()
        || row.get("participant_ids").is_some()
        || is_room.contains(&kind)
    {
        Event::Room
    } else {
        Event::Unknown
    }
}
