//! The table of what OneChat knows of a conversation.

use rusqlite::{Row, params};
use serde_json::Value;

use super::super::{Store, StoreError};
use super::{FIRST_DISPLAY_ID, read_json};
use crate::model::{ConversationKey, Timestamp, VisitorId};

/// The state of a conversation that has not been resolved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Waiting {
    /// Staff has it.
    #[default]
    Open,
    /// A bot has it.
    Pending,
    /// Staff has put it off.
    Snoozed,
}

/// What OneChat knows of a conversation.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub(crate) key: ConversationKey,
    /// The conversation's number inside the account.
    pub(crate) display_id: i64,
    /// The row of the session that it belongs to.
    pub(crate) session: i64,
    /// What it is while it has not been closed.
    pub(crate) waiting: Waiting,
    /// When the contact last looked at it.
    pub(crate) contact_seen_at: Option<Timestamp>,
    /// An object.
    pub(crate) custom_attributes: Value,
}

impl Store {
    /// Adds what OneChat knows of a new conversation.
    pub(crate) fn add_thread(
        &self,
        key: &ConversationKey,
        session: i64,
        waiting: Waiting,
        custom_attributes: Value,
    ) -> Result<Thread, StoreError> {
        let sql = "SELECT COALESCE(MAX(display_id) + 1, ?1) FROM onechat_threads";
        let display_id = self
            .conn
            .query_row(sql, [FIRST_DISPLAY_ID], |row| row.get(0))?;
        self.conn.execute(
            "INSERT INTO onechat_threads (conversation, display_id, session, status, custom_attributes)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![key.0, display_id, session, waiting.word(), custom_attributes.to_string()],
        )?;
        Ok(Thread {
            key: key.clone(),
            display_id,
            session,
            waiting,
            contact_seen_at: None,
            custom_attributes,
        })
    }

    /// What OneChat knows of a conversation.
    pub(crate) fn thread(&self, key: &ConversationKey) -> Result<Option<Thread>, StoreError> {
        self.one(
            "SELECT * FROM onechat_threads WHERE conversation = ?1",
            &[&key.0],
            read_thread,
        )
    }

    /// The conversation of that number.
    pub(crate) fn thread_numbered(&self, display_id: i64) -> Result<Option<Thread>, StoreError> {
        self.one(
            "SELECT * FROM onechat_threads WHERE display_id = ?1",
            &[&display_id],
            read_thread,
        )
    }

    /// A contact's conversations, the oldest first.
    pub(crate) fn threads_of(&self, contact: VisitorId) -> Result<Vec<Thread>, StoreError> {
        self.many(
            "SELECT onechat_threads.* FROM onechat_threads
             JOIN conversations ON conversations.key = onechat_threads.conversation
             WHERE conversations.visitor = ?1 ORDER BY display_id",
            &[&contact.0],
            read_thread,
        )
    }

    /// Writes back what may change of a conversation.
    pub(crate) fn save_thread(&self, thread: &Thread) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE onechat_threads SET status = ?2, contact_seen_at = ?3 WHERE conversation = ?1",
            params![
                thread.key.0,
                thread.waiting.word(),
                thread.contact_seen_at.map(|at| at.0)
            ],
        )?;
        Ok(())
    }

    /// When staff last read a conversation.
    pub(crate) fn staff_seen_at(
        &self,
        key: &ConversationKey,
    ) -> Result<Option<Timestamp>, StoreError> {
        let sql =
            "SELECT MAX(seen_at) FROM messages WHERE conversation = ?1 AND sender_side = 'visitor'";
        let seen_at: Option<i64> = self.conn.query_row(sql, [&key.0], |row| row.get(0))?;
        Ok(seen_at.map(Timestamp))
    }
}

impl Waiting {
    /// As the table and the wire have it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Pending => "pending",
            Self::Snoozed => "snoozed",
        }
    }

    fn read(word: &str) -> Self {
        match word {
            "pending" => Self::Pending,
            "snoozed" => Self::Snoozed,
            _ => Self::Open,
        }
    }
}

fn read_thread(row: &Row<'_>) -> rusqlite::Result<Thread> {
    Ok(Thread {
        key: ConversationKey(row.get("conversation")?),
        display_id: row.get("display_id")?,
        session: row.get("session")?,
        waiting: Waiting::read(&row.get::<_, String>("status")?),
        contact_seen_at: row.get::<_, Option<i64>>("contact_seen_at")?.map(Timestamp),
        custom_attributes: read_json(row, "custom_attributes")?,
    })
}
