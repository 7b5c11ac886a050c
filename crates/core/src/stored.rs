//! What is kept in the browser between two loads of a page, and how: JSON with
//! a version number. A text of another version, or one that cannot be read, is
//! as good as none.

use crate::json::Json;
use crate::model::{Content, ConversationId, Failure, Key, MessageId, Uid};
use crate::outbox::{Entry, Fate};
use crate::time::Timestamp;

const VERSION: i64 = 1;

/// The open conversation, and how far it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredConversation {
    pub(crate) id: ConversationId,
    /// The newest message that the visitor has had before the eyes.
    pub(crate) read: Option<MessageId>,
}

impl StoredConversation {
    pub(crate) fn write(&self) -> String {
        Json::object([
            ("v", VERSION.into()),
            ("id", self.id.0.as_str().into()),
            ("read", self.read.as_ref().map(|id| id.0.as_str()).into()),
        ])
        .write()
    }

    pub(crate) fn read(text: &str) -> Option<Self> {
        let value = read_version(text)?;
        Some(Self {
            id: ConversationId(string(&value, "id")?),
            read: string(&value, "read").map(MessageId),
        })
    }
}

/// The outbox, or nothing when it is empty.
pub(crate) fn write_outbox(entries: &[Entry]) -> Option<String> {
    if entries.is_empty() {
        return None;
    }
    let messages = Json::List(entries.iter().filter_map(write_entry).collect());
    Some(Json::object([("v", VERSION.into()), ("messages", messages)]).write())
}

/// The messages of a stored outbox. Their keys are drawn when their rows are made.
pub(crate) fn read_outbox(text: &str) -> Vec<Entry> {
    let value = read_version(text);
    let messages = value
        .as_ref()
        .and_then(|value| value.get("messages")?.as_list());
    messages
        .map(|messages| messages.iter().filter_map(read_entry).collect())
        .unwrap_or_default()
}

fn write_entry(entry: &Entry) -> Option<Json> {
    let Content::Text(text) = &entry.content else {
        return None;
    };
    let fate = match &entry.fate {
        Fate::Waiting => "waiting",
        // Whatever happens to this page now, its fate must be looked up.
        Fate::OnWire | Fate::Unknown => "unknown",
        Fate::Wedged(Failure::Refused(_)) => "refused",
        Fate::Wedged(Failure::TooLong) => "too-long",
        Fate::Wedged(Failure::Unconfirmed) => "unconfirmed",
        Fate::Wedged(_) => "upload",
    };
    Some(Json::object([
        ("uid", entry.uid.0.as_str().into()),
        ("text", text.as_str().into()),
        ("at", entry.at.0.into()),
        ("fate", fate.into()),
        ("after", entry.after.as_ref().map(|id| id.0.as_str()).into()),
        ("resent", entry.resent.into()),
    ]))
}

fn read_entry(value: &Json) -> Option<Entry> {
    let text = string(value, "text")?;
    let at = Timestamp(value.get("at").and_then(Json::as_int).unwrap_or(0));
    let mut entry = Entry::new(Key(0), Uid(string(value, "uid")?), Content::Text(text), at);
    entry.fate = match value.get("fate").and_then(Json::as_str) {
        Some("waiting") => Fate::Waiting,
        Some("refused") => Fate::Wedged(Failure::Refused(None)),
        Some("too-long") => Fate::Wedged(Failure::TooLong),
        Some("unconfirmed") => Fate::Wedged(Failure::Unconfirmed),
        // An unknown word is of a later version; looking it up is safe.
        Some(_) | None => Fate::Unknown,
    };
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
            let text = write_outbox(&[entry(fate.clone())]).unwrap();
            assert_eq!(read_outbox(&text), [entry(fate)]);
        }
    }

    #[test]
    fn a_message_stored_on_the_wire_comes_back_with_its_fate_unknown() {
        let text = write_outbox(&[entry(Fate::OnWire)]).unwrap();
        assert_eq!(read_outbox(&text), [entry(Fate::Unknown)]);
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
            assert_eq!(read_outbox(text), []);
            assert_eq!(StoredConversation::read(text), None);
        }
    }
}
