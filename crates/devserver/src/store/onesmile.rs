//! What the OneSmile front keeps beside the conversations: the numbers of
//! rooms, whom they are with, and the UUIDs of rows.

use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError};
use crate::model::{Conversation, ConversationKey, MessageId, VisitorId};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS onesmile_rooms (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL UNIQUE REFERENCES conversations(key),
    member       INTEGER NOT NULL,
    recipient    TEXT NOT NULL,
    uuid         TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS onesmile_rows (
    message INTEGER PRIMARY KEY REFERENCES messages(id),
    uuid    TEXT NOT NULL
);
";

const COLUMNS: &str = "number, conversation, member, recipient, uuid";

/// A conversation as a room.
#[derive(Clone, Debug)]
pub(crate) struct Room {
    /// Its number on the wire.
    pub(crate) number: i64,
    /// The conversation.
    pub(crate) conversation: ConversationKey,
    /// Whose room it is.
    pub(crate) member: VisitorId,
    /// Whom the member talks to.
    pub(crate) recipient: String,
    /// The room's UUID, which every row carries.
    pub(crate) uuid: String,
}

impl Store {
    /// The room of a conversation, with that recipient if it is new.
    pub(crate) fn onesmile_room_for(
        &self,
        conversation: &Conversation,
        recipient: &str,
    ) -> Result<Room, StoreError> {
        self.conn.execute(
            "INSERT OR IGNORE INTO onesmile_rooms (conversation, member, recipient, uuid)
             VALUES (?1, ?2, ?3, ?4)",
            params![
                conversation.key.0,
                conversation.visitor.0,
                recipient,
                uuid::Uuid::new_v4().to_string(),
            ],
        )?;
        let sql = format!("SELECT {COLUMNS} FROM onesmile_rooms WHERE conversation = ?1");
        Ok(self
            .conn
            .prepare_cached(&sql)?
            .query_row([&conversation.key.0], read)?)
    }

    /// The room of that number.
    pub(crate) fn onesmile_room(&self, number: i64) -> Result<Option<Room>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM onesmile_rooms WHERE number = ?1");
        Ok(self
            .conn
            .prepare_cached(&sql)?
            .query_row([number], read)
            .optional()?)
    }

    /// The member's rooms, the newest first.
    pub(crate) fn onesmile_rooms_of(&self, member: VisitorId) -> Result<Vec<Room>, StoreError> {
        let sql =
            format!("SELECT {COLUMNS} FROM onesmile_rooms WHERE member = ?1 ORDER BY number DESC");
        let rooms = self
            .conn
            .prepare_cached(&sql)?
            .query_map([member.0], read)?
            .collect::<Result<_, _>>()?;
        Ok(rooms)
    }

    /// The UUID of a row, made when first asked for.
    pub(crate) fn onesmile_row_uuid(&self, message: MessageId) -> Result<String, StoreError> {
        self.conn.execute(
            "INSERT OR IGNORE INTO onesmile_rows (message, uuid) VALUES (?1, ?2)",
            params![message.0, uuid::Uuid::new_v4().to_string()],
        )?;
        Ok(self.conn.query_row(
            "SELECT uuid FROM onesmile_rows WHERE message = ?1",
            [message.0],
            |row| row.get(0),
        )?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Room> {
    Ok(Room {
        number: row.get("number")?,
        conversation: ConversationKey(row.get("conversation")?),
        member: VisitorId(row.get("member")?),
        recipient: row.get("recipient")?,
        uuid: row.get("uuid")?,
    })
}
