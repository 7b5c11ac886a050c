//! The table of conversations.

use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError, party};
use crate::model::{Conversation, ConversationKey, Party, Timestamp, VisitorId};

const COLUMNS: &str = "id, key, visitor, started_side, started_id, starter_ping, \
                       joined_side, joined_id, joiner_ping, closed, created_at";

impl Store {
    /// Adds a new, open conversation with a fresh key.
    pub(crate) fn open_conversation(
        &self,
        visitor: VisitorId,
        by: Party,
        at: Timestamp,
    ) -> Result<Conversation, StoreError> {
        let key = ConversationKey(uuid::Uuid::new_v4().to_string());
        self.conn.execute(
            "INSERT INTO conversations (key, visitor, started_side, started_id, starter_ping, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
            params![key.0, visitor.0, party::side(by), by.id(), at.0],
        )?;
        Ok(Conversation {
            row: self.conn.last_insert_rowid(),
            key,
            visitor,
            started_by: by,
            starter_ping: Some(at),
            joined_by: None,
            joiner_ping: None,
            closed: false,
            created_at: at,
        })
    }

    /// The conversation of that key.
    pub(crate) fn conversation(
        &self,
        key: &ConversationKey,
    ) -> Result<Option<Conversation>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM conversations WHERE key = ?1");
        Ok(self
            .conn
            .prepare_cached(&sql)?
            .query_row([&key.0], read)
            .optional()?)
    }

    /// All conversations, the newest first.
    pub(crate) fn conversations(&self) -> Result<Vec<Conversation>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM conversations ORDER BY id DESC");
        let rows = self
            .conn
            .prepare_cached(&sql)?
            .query_map([], read)?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }

    /// The visitor's newest conversation that has not ended.
    pub(crate) fn open_conversation_of(
        &self,
        visitor: VisitorId,
    ) -> Result<Option<Conversation>, StoreError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM conversations WHERE visitor = ?1 AND NOT closed ORDER BY id DESC LIMIT 1"
        );
        Ok(self
            .conn
            .prepare_cached(&sql)?
            .query_row([visitor.0], read)
            .optional()?)
    }

    /// Writes back what may change of a conversation: who is in it, the pings,
    /// the end.
    pub(crate) fn save_conversation(&self, conversation: &Conversation) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE conversations SET starter_ping = ?2, joined_side = ?3, joined_id = ?4, joiner_ping = ?5, closed = ?6,
                 started_side = ?7, started_id = ?8
             WHERE key = ?1",
            params![
                conversation.key.0,
                conversation.starter_ping.map(|at| at.0),
                conversation.joined_by.map(party::side),
                conversation.joined_by.map(Party::id),
                conversation.joiner_ping.map(|at| at.0),
                conversation.closed,
                party::side(conversation.started_by),
                conversation.started_by.id(),
            ],
        )?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Conversation> {
    let joined_side: Option<String> = row.get("joined_side")?;
    let joined_id: Option<i64> = row.get("joined_id")?;
    Ok(Conversation {
        row: row.get("id")?,
        key: ConversationKey(row.get("key")?),
        visitor: VisitorId(row.get("visitor")?),
        started_by: party::read(
            &row.get::<_, String>("started_side")?,
            row.get("started_id")?,
        ),
        starter_ping: row.get::<_, Option<i64>>("starter_ping")?.map(Timestamp),
        joined_by: joined_side
            .zip(joined_id)
            .map(|(side, id)| party::read(&side, id)),
        joiner_ping: row.get::<_, Option<i64>>("joiner_ping")?.map(Timestamp),
        closed: row.get("closed")?,
        created_at: Timestamp(row.get("created_at")?),
    })
}
