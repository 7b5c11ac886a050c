//! The table of what OneChat knows of a message.

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::messages::COLUMNS as MESSAGE_COLUMNS;
use super::super::{Store, StoreError, party};
use super::read_json;
use crate::model::{Conversation, ConversationKey, Draft, Message, MessageId, Party, Timestamp};

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// From the contact.
    Incoming,
    /// From staff.
    Outgoing,
    /// From the inbox itself, without a sender.
    Template,
}

/// What OneChat knows of a message.
#[derive(Clone, Debug)]
pub(crate) struct Extras {
    pub(crate) kind: Kind,
    /// `text`, `cards` and so on.
    pub(crate) content_type: String,
    /// An object.
    pub(crate) content_attributes: Value,
    pub(crate) attachments: Vec<Attachment>,
    /// The client's own name of the message.
    pub(crate) echo_id: Option<String>,
    /// True if the message has no text at all, not even an empty one.
    pub(crate) without_content: bool,
}

impl Extras {
    /// Those of a plain text.
    pub(crate) fn plain(kind: Kind) -> Self {
        Self {
            kind,
            content_type: "text".to_owned(),
            content_attributes: json!({}),
            attachments: Vec::new(),
            echo_id: None,
            without_content: false,
        }
    }
}

/// Something that a message carries.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Attachment {
    /// A file in the bucket.
    File(StoredFile),
    /// Something without a file: the keys as they go over the wire.
    Other(Value),
}

/// A file in the bucket.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct StoredFile {
    pub(crate) name: String,
    pub(crate) mime: String,
    /// The object's path, without the bucket.
    pub(crate) path: String,
    /// In bytes.
    pub(crate) size: u64,
    /// Width and height in pixels, where they are known.
    pub(crate) dimensions: Option<(u32, u32)>,
}

/// A message of a made-up history.
pub(crate) struct Seed {
    pub(crate) sender: Party,
    pub(crate) draft: Draft,
    pub(crate) extras: Extras,
    pub(crate) sent_at: Timestamp,
    pub(crate) unsent: bool,
}

impl Store {
    /// Adds what OneChat knows of a message, or replaces it.
    pub(crate) fn put_extras(&self, id: MessageId, extras: &Extras) -> Result<(), StoreError> {
        self.conn.execute(
            "INSERT OR REPLACE INTO onechat_messages
                 (message, kind, content_type, content_attributes, attachments, echo_id, without_content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                id.0,
                extras.kind.number(),
                extras.content_type,
                extras.content_attributes.to_string(),
                json!(extras.attachments).to_string(),
                extras.echo_id,
                extras.without_content,
            ],
        )?;
        Ok(())
    }

    /// What OneChat knows of a message; `None` if it came from elsewhere.
    pub(crate) fn extras(&self, id: MessageId) -> Result<Option<Extras>, StoreError> {
        self.one(
            "SELECT * FROM onechat_messages WHERE message = ?1",
            &[&id.0],
            read_extras,
        )
    }

    /// The newest messages of a conversation whose numbers are below a limit,
    /// the oldest first. Messages that were taken back are among them.
    pub(crate) fn messages_before(
        &self,
        key: &ConversationKey,
        before: MessageId,
        count: u32,
    ) -> Result<Vec<Message>, StoreError> {
        let sql = format!(
            "SELECT {MESSAGE_COLUMNS} FROM messages WHERE conversation = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3"
        );
        let mut messages = self.query(&sql, params![key.0, before.0, count])?;
        messages.reverse();
        Ok(messages)
    }

    /// Puts a history into a conversation, all of it or nothing.
    pub(crate) fn add_history(
        &self,
        conversation: &Conversation,
        history: &[Seed],
    ) -> Result<(), StoreError> {
        let tx = self.conn.unchecked_transaction()?;
        for seed in history {
            tx.execute(
                "INSERT INTO messages
                     (conversation, visitor, sender_side, sender_id, content_type, content, sent_at, seen_at, unsent)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, ?8)",
                params![
                    conversation.key.0,
                    conversation.visitor.0,
                    party::side(seed.sender),
                    seed.sender.id(),
                    seed.draft.content_type,
                    seed.draft.content,
                    seed.sent_at.0,
                    seed.unsent,
                ],
            )?;
            self.put_extras(MessageId(tx.last_insert_rowid()), &seed.extras)?;
        }
        tx.commit()?;
        Ok(())
    }
}

impl Kind {
    /// As the table and the wire have it.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Incoming => 0,
            Self::Outgoing => 1,
            Self::Template => 3,
        }
    }

    fn read(number: i64) -> Self {
        match number {
            0 => Self::Incoming,
            1 => Self::Outgoing,
            _ => Self::Template,
        }
    }
}

fn read_extras(row: &Row<'_>) -> rusqlite::Result<Extras> {
    let attachments = read_json(row, "attachments")?;
    Ok(Extras {
        kind: Kind::read(row.get("kind")?),
        content_type: row.get("content_type")?,
        content_attributes: read_json(row, "content_attributes")?,
        attachments: serde_json::from_value(attachments).unwrap_or_default(),
        echo_id: row.get("echo_id")?,
        without_content: row.get("without_content")?,
    })
}
