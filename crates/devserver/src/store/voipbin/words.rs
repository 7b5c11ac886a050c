//! Messages beyond their rows, and each participant's copy of them.

use rusqlite::{Row, params};
use serde_json::{Value, json};

use super::super::{Store, StoreError};
use super::{Place, moment};
use crate::model::{ConversationKey, Message, MessageId, Micros};

/// What a message is beyond its row.
#[derive(Clone, Debug)]
pub(crate) struct Word {
    pub(crate) message: MessageId,
    pub(crate) id: String,
    pub(crate) conversation: ConversationKey,
    /// The number of the agent who said it.
    pub(crate) agent: i64,
    /// `normal`, `system`, or nothing.
    pub(crate) kind: String,
    pub(crate) text: String,
    /// The id of the message that it answers.
    pub(crate) parent: Option<String>,
    /// A list, as it goes over the wire.
    pub(crate) medias: Value,
    /// A list, as it goes over the wire.
    pub(crate) reactions: Value,
    pub(crate) created: Micros,
    pub(crate) updated: Option<Micros>,
    pub(crate) deleted: Option<Micros>,
}

/// A participant's copy of a message.
#[derive(Clone, Debug)]
pub(crate) struct WordCopy {
    pub(crate) id: String,
    pub(crate) message: MessageId,
    pub(crate) room: String,
    pub(crate) deleted: Option<Micros>,
}

/// How far apart in time the messages of a chat are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spacing {
    /// A microsecond at least.
    Apart,
    /// Not at all.
    Same,
}

/// A page of a list: the newest first, older than a moment.
#[derive(Clone, Copy)]
pub(crate) struct Before {
    pub(crate) moment: Micros,
    pub(crate) size: u32,
}

impl Store {
    /// What a message is beyond its row, worked out from the message when first
    /// asked for. Every participant of that moment gets a copy.
    pub(crate) fn voipbin_word(
        &self,
        message: &Message,
        spacing: Spacing,
    ) -> Result<Word, StoreError> {
        let sql = "SELECT * FROM voipbin_words WHERE message = ?1";
        if let Some(word) = self.list(sql, [message.id.0], read_word)?.pop() {
            return Ok(word);
        }
        let places = self.voipbin_places(&message.conversation)?;
        let newest: Option<i64> = self.conn.query_row(
            "SELECT max(created) FROM voipbin_words WHERE conversation = ?1",
            [&message.conversation.0],
            |row| row.get(0),
        )?;
        let mut word = new_word(message, &places);
        if let Some(newest) = newest {
            word.created = match spacing {
                Spacing::Apart => Micros(word.created.0.max(newest + 1)),
                Spacing::Same => Micros(newest),
            };
        }
        let tx = self.conn.unchecked_transaction()?;
        self.voipbin_save_word(&word)?;
        for place in &places {
            tx.execute(
                "INSERT INTO voipbin_copies (id, message, room) VALUES (?1, ?2, ?3)",
                params![uuid::Uuid::new_v4().to_string(), message.id.0, place.room],
            )?;
        }
        tx.commit()?;
        Ok(word)
    }

    /// Adds or rewrites what a message is beyond its row.
    pub(crate) fn voipbin_save_word(&self, word: &Word) -> Result<(), StoreError> {
        self.conn.execute(
            "INSERT INTO voipbin_words
                 (message, id, conversation, agent, kind, text, parent, medias, reactions,
                  created, updated, deleted)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (message) DO UPDATE SET
                 reactions = excluded.reactions,
                 updated = excluded.updated,
                 deleted = excluded.deleted",
            params![
                word.message.0,
                word.id,
                word.conversation.0,
                word.agent,
                word.kind,
                word.text,
                word.parent,
                word.medias.to_string(),
                word.reactions.to_string(),
                word.created.0,
                word.updated.map(|at| at.0),
                word.deleted.map(|at| at.0),
            ],
        )?;
        Ok(())
    }

    /// The message of that id.
    pub(crate) fn voipbin_word_of_id(&self, id: &str) -> Result<Option<Word>, StoreError> {
        let sql = "SELECT * FROM voipbin_words WHERE id = ?1";
        Ok(self.list(sql, [id], read_word)?.pop())
    }

    /// A page of the messages of a chat, deleted ones as well.
    pub(crate) fn voipbin_words(
        &self,
        key: &ConversationKey,
        before: Before,
    ) -> Result<Vec<Word>, StoreError> {
        let sql = "SELECT * FROM voipbin_words WHERE conversation = ?1 AND created < ?2
                   ORDER BY created DESC, message DESC LIMIT ?3";
        self.list(sql, params![key.0, before.moment.0, before.size], read_word)
    }

    /// The copies of a message.
    pub(crate) fn voipbin_copies(&self, message: MessageId) -> Result<Vec<WordCopy>, StoreError> {
        let sql = "SELECT * FROM voipbin_copies WHERE message = ?1";
        self.list(sql, [message.0], read_copy)
    }

    /// The copy of that id, with its message.
    pub(crate) fn voipbin_copy(&self, id: &str) -> Result<Option<(WordCopy, Word)>, StoreError> {
        let sql = "SELECT * FROM voipbin_copies WHERE id = ?1";
        let Some(copy) = self.list(sql, [id], read_copy)?.pop() else {
            return Ok(None);
        };
        let sql = "SELECT * FROM voipbin_words WHERE message = ?1";
        let word = self.list(sql, [copy.message.0], read_word)?.pop();
        Ok(word.map(|word| (copy, word)))
    }

    /// Takes a copy away.
    pub(crate) fn voipbin_delete_copy(&self, id: &str, at: Micros) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE voipbin_copies SET deleted = ?2 WHERE id = ?1",
            params![id, at.0],
        )?;
        Ok(())
    }
}

/// Fronts say in the message's metadata who spoke and how; what staff writes
/// elsewhere is said by the first participant who is not the visitor.
fn new_word(message: &Message, places: &[Place]) -> Word {
    let beside = |key: &str| {
        let metadata = message.metadata.as_ref()?;
        metadata.get("voipbin")?.get(key).cloned()
    };
    let visitor = message.visitor.0;
    let speaker = if message.sender.is_staff() {
        let other = places.iter().find(|place| place.agent != visitor);
        other.map_or(visitor, |place| place.agent)
    } else {
        visitor
    };
    let (text, medias) = match message.content_type.as_str() {
        "IMAGE" | "FILE" | "VIDEO" => {
            let metadata = message.metadata.as_ref();
            let caption = metadata.and_then(|metadata| metadata["caption"].as_str());
            let link = json!([{"type": "link", "link_url": message.content}]);
            (caption.unwrap_or_default(), link)
        }
        _ => (message.content.as_str(), json!([])),
    };
    let word = |key: &str| beside(key).and_then(|value| value.as_str().map(str::to_owned));
    Word {
        message: message.id,
        id: uuid::Uuid::new_v4().to_string(),
        conversation: message.conversation.clone(),
        agent: beside("agent")
            .and_then(|agent| agent.as_i64())
            .unwrap_or(speaker),
        kind: word("kind").unwrap_or_else(|| "normal".to_owned()),
        text: text.to_owned(),
        parent: word("parent"),
        medias: beside("medias").unwrap_or(medias),
        reactions: json!([]),
        created: Micros(message.sent_at.0 * 1000 + message.id.0.rem_euclid(1000)),
        updated: None,
        deleted: None,
    }
}

fn read_word(row: &Row<'_>) -> rusqlite::Result<Word> {
    let json = |column: &str| -> rusqlite::Result<Value> {
        let text: String = row.get(column)?;
        Ok(serde_json::from_str(&text).unwrap_or_else(|_| json!([])))
    };
    Ok(Word {
        message: MessageId(row.get("message")?),
        id: row.get("id")?,
        conversation: ConversationKey(row.get("conversation")?),
        agent: row.get("agent")?,
        kind: row.get("kind")?,
        text: row.get("text")?,
        parent: row.get("parent")?,
        medias: json("medias")?,
        reactions: json("reactions")?,
        created: Micros(row.get("created")?),
        updated: moment(row, "updated")?,
        deleted: moment(row, "deleted")?,
    })
}

fn read_copy(row: &Row<'_>) -> rusqlite::Result<WordCopy> {
    Ok(WordCopy {
        id: row.get("id")?,
        message: MessageId(row.get("message")?),
        room: row.get("room")?,
        deleted: moment(row, "deleted")?,
    })
}
