//! What is kept in the browser between two loads of a page, and how: JSON with
//! a version number. A text of another version, or one that cannot be read, is
//! as good as none.

use crate::backend::REQUESTS;
use crate::json::Json;
use crate::model::{Content, ConversationId, Failure, FileContent, FileKind, Key, MessageId, Uid};
use crate::only::only;
use crate::outbox::{Entry, Fate, FileStage};
use crate::time::Timestamp;
use crate::unsends::Unsend;

const VERSION: i64 = 1;

/// The open conversation.
pub(crate) fn write_conversation(id: &ConversationId) -> String {
    Json::object([("v", VERSION.into()), ("id", id.0.as_str().into())]).write()
}

/// The conversation that was open.
pub(crate) fn read_conversation(text: &str) -> Option<ConversationId> {
    string(&read_version(text)?, "id").map(ConversationId)
}

/// The outbox, and the messages that the visitor is taking back; or nothing
/// when there are none.
pub(crate) fn write_outbox(entries: &[Entry], unsends: &[Unsend]) -> Option<String> {
    if entries.is_empty() && unsends.is_empty() {
        return None;
    }
    let messages = Json::List(entries.iter().map(write_entry).collect());
    let unsends = unsends.iter().map(|unsend| unsend.id.0.as_str().into());
    let outbox = [
        ("v", VERSION.into()),
        ("messages", messages),
        ("unsend", Json::List(unsends.collect())),
    ];
    Some(Json::object(outbox).write())
}

/// A stored outbox. Its keys are those of the page that has stored it.
pub(crate) fn read_outbox(text: &str) -> (Vec<Entry>, Vec<Unsend>) {
    let value = read_version(text).unwrap_or(Json::Null);
    let list = |key: &str| value.get(key).and_then(Json::as_list).unwrap_or(&[]);
    let entries = list("messages").iter().filter_map(read_entry);
    let ids = list("unsend").iter().filter_map(Json::as_str);
    let unsends = ids.map(|id| Unsend::new(MessageId(id.to_owned()), None));
    (entries.collect(), unsends.collect())
}

fn write_entry(entry: &Entry) -> Json {
    let (text, file) = match &entry.content {
        Content::Text(text) => (Some(text.as_str()), Json::Null),
        Content::File(file) => (None, write_file(file)),
        // Nobody writes these here.
        Content::Rich(rich) => (Some(rich.text.as_str()), Json::Null),
    };
    let fate = match &entry.fate {
        Fate::File(FileStage::Sending) => "unknown",
        Fate::File(_) => "file",
        Fate::Waiting => "waiting",
        // Whatever happens to this page now, its fate must be looked up.
        Fate::OnWire | Fate::Unknown => "unknown",
        Fate::Wedged(Failure::Refused(_)) => "refused",
        Fate::Wedged(Failure::TooLong) => "too-long",
        Fate::Wedged(Failure::Unconfirmed) => "unconfirmed",
        Fate::Wedged(
            Failure::Upload
            | Failure::UploadBlocked
            | Failure::FileRefused(_)
            | Failure::FileGone
            | Failure::SignedOut,
        ) => "upload",
    };
    Json::object([
        ("uid", entry.uid.0.as_str().into()),
        ("key", i64::from(entry.key.0).into()),
        ("room", entry.room.as_ref().map(|id| id.0.as_str()).into()),
        ("text", text.into()),
        ("file", file),
        ("at", entry.at.0.into()),
        ("fate", fate.into()),
        ("after", entry.after.as_ref().map(|id| id.0.as_str()).into()),
        ("resent", entry.resent.into()),
    ])
}

pub(crate) fn write_file(file: &FileContent) -> Json {
    let number = |number: Option<u64>| number.and_then(|it| i64::try_from(it).ok());
    let (width, height) = file.dimensions.unzip();
    Json::object([
        ("kind", file.kind.name().into()),
        ("url", file.url.as_str().into()),
        ("name", file.name.as_str().into()),
        ("mime", file.mime.as_deref().into()),
        ("size", number(file.size).into()),
        ("width", number(width.map(u64::from)).into()),
        ("height", number(height.map(u64::from)).into()),
    ])
}

pub(crate) fn read_file(value: &Json) -> Option<FileContent> {
    let side = |key: &str| u32::try_from(value.get(key)?.as_int()?).ok();
    Some(FileContent {
        kind: FileKind::named(&string(value, "kind")?),
        url: string(value, "url").unwrap_or_default(),
        name: string(value, "name")?,
        mime: string(value, "mime"),
        size: value
            .get("size")
            .and_then(Json::as_int)
            .and_then(|it| u64::try_from(it).ok()),
        dimensions: side("width").zip(side("height")),
    })
}

fn read_entry(value: &Json) -> Option<Entry> {
    let content = match value.get("file") {
        Some(file) => Content::File(read_file(file)?),
        None => Content::Text(string(value, "text")?),
    };
    let at = Timestamp(value.get("at").and_then(Json::as_int).unwrap_or(0));
    let key = value.get("key").and_then(Json::as_int);
    let key = Key(key.and_then(|key| u32::try_from(key).ok()).unwrap_or(0));
    let mut entry = Entry::new(key, Uid(string(value, "uid")?), content, at);
    entry.fate = match value.get("fate").and_then(Json::as_str) {
        Some("file") => Fate::File(FileStage::Raw),
        Some("upload") => Fate::Wedged(Failure::Upload),
        Some("waiting") => Fate::Waiting,
        Some("refused") => Fate::Wedged(Failure::Refused(None)),
        Some("too-long") => Fate::Wedged(Failure::TooLong),
        Some("unconfirmed") => Fate::Wedged(Failure::Unconfirmed),
        // An unknown word is of a later version; looking it up is safe.
        Some(_) | None => Fate::Unknown,
    };
    if REQUESTS {
        entry.room = string(value, "room").map(ConversationId).map(only);
    }
    entry.after = string(value, "after").map(MessageId);
    entry.resent = value.get("resent").and_then(Json::as_bool).unwrap_or(false);
    Some(entry)
}

fn read_version(text: &str) -> Option<Json> {
    let value = Json::parse(text)?;
    (value.get("v")?.as_int()? == VERSION).then_some(value)
}

fn string(value: &Json, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(fate: Fate) -> Entry {
        let text = Content::Text("Is the pool \"open\"?\n".into());
        let mut entry = Entry::new(Key(0), Uid("u-1".into()), text, Timestamp(5));
        entry.fate = fate;
        entry.after = Some(MessageId("41".into()));
        entry.resent = true;
        entry
    }

    #[test]
    fn an_outbox_comes_back_as_it_was_stored() {
        for fate in [
            Fate::Waiting,
            Fate::Unknown,
            Fate::Wedged(Failure::Refused(None)),
            Fate::Wedged(Failure::TooLong),
            Fate::Wedged(Failure::Unconfirmed),
        ] {
            let text = write_outbox(&[entry(fate.clone())], &[]).unwrap();
            assert_eq!(read_outbox(&text), (vec![entry(fate)], vec![]));
        }
    }

    #[test]
    fn a_file_on_its_way_comes_back_to_be_made_ready_again() {
        let mut file = entry(Fate::File(FileStage::Moving));
        file.content = Content::File(FileContent {
            kind: FileKind::Image,
            url: String::new(),
            name: "balcony.png".into(),
            mime: Some("image/png".into()),
            size: Some(81_234),
            dimensions: Some((640, 480)),
        });
        let text = write_outbox(std::slice::from_ref(&file), &[]).unwrap();
        file.fate = Fate::File(FileStage::Raw);
        assert_eq!(read_outbox(&text), (vec![file], vec![]));
    }

    #[test]
    fn what_is_being_taken_back_comes_back_as_final() {
        let unsend = |until| Unsend::new(MessageId("644".into()), until);
        let text = write_outbox(&[], &[unsend(Some(crate::time::Instant(9)))]).unwrap();
        assert_eq!(read_outbox(&text), (vec![], vec![unsend(None)]));
    }

    #[test]
    fn a_message_stored_on_the_wire_comes_back_with_its_fate_unknown() {
        let text = write_outbox(&[entry(Fate::OnWire)], &[]).unwrap();
        assert_eq!(read_outbox(&text), (vec![entry(Fate::Unknown)], vec![]));
    }

    #[test]
    fn rubbish_and_other_versions_are_as_good_as_nothing() {
        for text in [
            "",
            "{",
            "null",
            "[]",
            r#"{"v":2,"id":"a","messages":[{}]}"#,
            r#"{"v":1}"#,
        ] {
            assert_eq!(read_outbox(text), (vec![], vec![]));
            assert_eq!(read_conversation(text), None);
        }
    }
}
