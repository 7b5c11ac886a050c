//! What is kept in the browser between two loads of a page, and how: JSON with
//! a version number. A text of another version, or one that cannot be read, is
//! as good as none.

use crate::backend::REQUESTS;
use crate::json::{Json, Writer};
use crate::model::{Content, ConversationId, Failure, FileContent, FileKind, Key, MessageId, Uid};
use crate::only::only;
use crate::outbox::{Entry, Fate, FileStage};
use crate::time::Timestamp;
use crate::unsends::Unsend;

const VERSION: i64 = 1;

/// The open conversation.
pub(crate) fn write_conversation(id: &ConversationId) -> String {
    let mut out = versioned();
    out.pair("id", Some(&id.0));
    out.close_object();
    out.done()
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
    let mut out = versioned();
    out.key("messages");
    out.open();
    for entry in entries {
        write_entry(entry, &mut out);
    }
    out.close();
    out.key("unsend");
    out.open();
    for unsend in unsends {
        out.text(&unsend.id.0);
    }
    out.close();
    out.close_object();
    Some(out.done())
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

/// The beginning of an object that is stored.
fn versioned() -> Writer {
    let mut out = Writer::default();
    out.open_object();
    out.pair_number("v", Some(VERSION));
    out
}

fn write_entry(entry: &Entry, out: &mut Writer) {
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
    out.open_object();
    out.pair("uid", Some(&entry.uid.0));
    out.pair_number("key", Some(entry.key.0.into()));
    out.pair("room", entry.room.as_ref().map(|id| id.0.as_str()));
    match &entry.content {
        Content::Text(text) => out.pair("text", Some(text)),
        Content::File(file) => {
            out.key("file");
            write_file(file, out);
        }
        // Nobody writes these here.
        Content::Rich(rich) => out.pair("text", Some(&rich.text)),
    }
    out.pair_number("at", Some(entry.at.0));
    out.pair("fate", Some(fate));
    out.pair("after", entry.after.as_ref().map(|id| id.0.as_str()));
    out.key("resent");
    out.bool(entry.resent);
    out.close_object();
}

pub(crate) fn write_file(file: &FileContent, out: &mut Writer) {
    let number = |number: Option<u64>| number.and_then(|it| i64::try_from(it).ok());
    let (width, height) = file.dimensions.unzip();
    out.open_object();
    out.pair("kind", Some(file.kind.name()));
    out.pair("url", Some(&file.url));
    out.pair("name", Some(&file.name));
    out.pair("mime", file.mime.as_deref());
    out.pair_number("size", number(file.size));
    out.pair_number("width", width.map(i64::from));
    out.pair_number("height", height.map(i64::from));
    out.close_object();
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
