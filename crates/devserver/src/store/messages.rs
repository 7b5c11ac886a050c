//! The table of messages.

use rusqlite::{OptionalExtension, Params, Row, params};

use super::{Store, StoreError, party};
use crate::model::{
    Conversation, ConversationKey, Draft, Message, MessageId, Party, Timestamp, VisitorId,
};

pub(super) const COLUMNS: &str = "id, conversation, visitor, sender_side, sender_id, content_type, content, \
                       sent_at, seen_at, metadata, unsent";

/// Which messages a history page is cut from.
#[derive(Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// All conversations of the visitor.
    Visitor(VisitorId),
    /// One conversation only.
    Conversation(&'a ConversationKey),
}

/// Whether messages that were taken back appear.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unsent {
    /// As if they had never been.
    Hidden,
    /// With [`Message::unsent`] set.
    Shown,
}

/// One page of a history. Page 1 holds the newest messages.
#[derive(Clone, Copy)]
pub(crate) struct Page {
    /// From 1.
    pub(crate) number: u32,
    /// Messages on a page.
    pub(crate) size: u32,
}

impl Page {
    /// How many newer messages are skipped.
    pub(crate) fn offset(self) -> u64 {
        u64::from(self.number.saturating_sub(1)) * u64::from(self.size)
    }
}

impl Store {
    /// Stores a message and the sender's sign of life that it implies.
    pub(crate) fn add_message(
        &self,
        conversation: &Conversation,
        sender: Party,
        draft: Draft,
        at: Timestamp,
    ) -> Result<Message, StoreError> {
        let tx = self.conn.unchecked_transaction()?;
        tx.execute(
            "INSERT INTO messages
                 (conversation, visitor, sender_side, sender_id, content_type, content, sent_at, metadata)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                conversation.key.0,
                conversation.visitor.0,
                party::side(sender),
                sender.id(),
                draft.content_type,
                draft.content,
                at.0,
                draft.metadata.as_ref().map(ToString::to_string),
            ],
        )?;
        let id = MessageId(tx.last_insert_rowid());
        self.save_conversation(conversation)?;
        tx.commit()?;
        Ok(Message {
            id,
            conversation: conversation.key.clone(),
            visitor: conversation.visitor,
            sender,
            content_type: draft.content_type,
            content: draft.content,
            sent_at: at,
            seen_at: None,
            metadata: draft.metadata,
            unsent: false,
        })
    }

    /// The message of that number.
    pub(crate) fn message(&self, id: MessageId) -> Result<Option<Message>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM messages WHERE id = ?1");
        Ok(self
            .conn
            .prepare_cached(&sql)?
            .query_row([id.0], read)
            .optional()?)
    }

    /// One page of a history, oldest first inside the page.
    pub(crate) fn page(
        &self,
        scope: Scope<'_>,
        page: Page,
        unsent: Unsent,
    ) -> Result<Vec<Message>, StoreError> {
        let (column, value): (_, &dyn rusqlite::ToSql) = match scope {
            Scope::Visitor(ref visitor) => ("visitor", &visitor.0),
            Scope::Conversation(key) => ("conversation", &key.0),
        };
        let hidden = if unsent == Unsent::Hidden {
            "AND NOT unsent"
        } else {
            ""
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM messages WHERE {column} = ?1 {hidden} ORDER BY id DESC LIMIT ?2 OFFSET ?3"
        );
        let offset = i64::try_from(page.offset()).unwrap_or(i64::MAX);
        let mut messages = self.query(&sql, params![value, page.size, offset])?;
        messages.reverse();
        Ok(messages)
    }

    /// Every message of a conversation, oldest first.
    pub(crate) fn messages_in(&self, key: &ConversationKey) -> Result<Vec<Message>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM messages WHERE conversation = ?1 ORDER BY id");
        self.query(&sql, [&key.0])
    }

    /// Every message there is, oldest first.
    pub(crate) fn all_messages(&self) -> Result<Vec<Message>, StoreError> {
        self.query(&format!("SELECT {COLUMNS} FROM messages ORDER BY id"), [])
    }

    /// The newest message of a conversation that was not taken back.
    pub(crate) fn last_message(
        &self,
        key: &ConversationKey,
    ) -> Result<Option<Message>, StoreError> {
        let newest = Page { number: 1, size: 1 };
        Ok(self
            .page(Scope::Conversation(key), newest, Unsent::Hidden)?
            .pop())
    }

    /// Messages of one side that the other has not seen yet.
    pub(crate) fn unseen(
        &self,
        scope: Scope<'_>,
        from_staff: bool,
    ) -> Result<Vec<Message>, StoreError> {
        let (column, value): (_, &dyn rusqlite::ToSql) = match scope {
            Scope::Visitor(ref visitor) => ("visitor", &visitor.0),
            Scope::Conversation(key) => ("conversation", &key.0),
        };
        let side = if from_staff { "staff" } else { "visitor" };
        let sql = format!(
            "SELECT {COLUMNS} FROM messages
             WHERE {column} = ?1 AND sender_side = ?2 AND seen_at IS NULL AND NOT unsent ORDER BY id"
        );
        self.query(&sql, params![value, side])
    }

    /// Notes when a message was seen.
    pub(crate) fn set_seen(&self, id: MessageId, at: Timestamp) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE messages SET seen_at = ?2 WHERE id = ?1",
            params![id.0, at.0],
        )?;
        Ok(())
    }

    /// Notes that a message was taken back.
    pub(crate) fn set_unsent(&self, id: MessageId) -> Result<(), StoreError> {
        self.conn
            .execute("UPDATE messages SET unsent = 1 WHERE id = ?1", [id.0])?;
        Ok(())
    }

    pub(super) fn query(
        &self,
        sql: &str,
        parameters: impl Params,
    ) -> Result<Vec<Message>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let messages = statement
            .query_map(parameters, read)?
            .collect::<Result<_, _>>()?;
        Ok(messages)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Message> {
    let metadata: Option<String> = row.get("metadata")?;
    Ok(Message {
        id: MessageId(row.get("id")?),
        conversation: ConversationKey(row.get("conversation")?),
        visitor: VisitorId(row.get("visitor")?),
        sender: party::read(&row.get::<_, String>("sender_side")?, row.get("sender_id")?),
        content_type: row.get("content_type")?,
        content: row.get("content")?,
        sent_at: Timestamp(row.get("sent_at")?),
        seen_at: row.get::<_, Option<i64>>("seen_at")?.map(Timestamp),
        metadata: metadata.and_then(|text| serde_json::from_str(&text).ok()),
        unsent: row.get("unsent")?,
    })
}
