//! One SQLite file holds every conversation of every front.
//!
//! The store only remembers: it knows neither wire formats nor who listens.
//! `synchronous=FULL` makes each commit reach the disk before it returns, so a
//! message that was acknowledged survives even a killed process.

mod conversations;
mod devices;
mod messages;
pub(crate) mod onechat;
mod onesmile;
mod voipbin;

use std::path::Path;

use rusqlite::Connection;

pub(crate) use messages::{Page, Scope, Unsent};
pub(crate) use onesmile::Room;
pub(crate) use voipbin::{Before, FileRow, Guest, Place, Spacing, Talk, Word, WordCopy};

/// The database could not do what was asked.
#[derive(Debug)]
pub struct StoreError(rusqlite::Error);

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the conversation store failed: {}", self.0)
    }
}

impl std::error::Error for StoreError {}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error)
    }
}

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS conversations (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    key          TEXT NOT NULL UNIQUE,
    visitor      INTEGER NOT NULL,
    started_side TEXT NOT NULL,
    started_id   INTEGER NOT NULL,
    starter_ping INTEGER,
    joined_side  TEXT,
    joined_id    INTEGER,
    joiner_ping  INTEGER,
    closed       INTEGER NOT NULL DEFAULT 0,
    created_at   INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS messages (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation TEXT NOT NULL REFERENCES conversations(key),
    visitor      INTEGER NOT NULL,
    sender_side  TEXT NOT NULL,
    sender_id    INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    content      TEXT NOT NULL,
    sent_at      INTEGER NOT NULL,
    seen_at      INTEGER,
    metadata     TEXT,
    unsent       INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS messages_of_visitor ON messages (visitor, id);
CREATE INDEX IF NOT EXISTS messages_of_conversation ON messages (conversation, id);
CREATE TABLE IF NOT EXISTS devices (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    visitor       INTEGER NOT NULL,
    device        TEXT NOT NULL,
    connection_id TEXT NOT NULL,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    UNIQUE (visitor, device)
);
";

/// The open database. Its methods stand in one file per table.
pub(crate) struct Store {
    conn: Connection,
}

impl Store {
    /// Opens the file, creating it and its tables where they are missing.
    pub(crate) fn open(file: &Path) -> Result<Self, StoreError> {
        let conn = Connection::open(file)?;
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        conn.execute_batch(SCHEMA)?;
        conn.execute_batch(onechat::SCHEMA)?;
        conn.execute_batch(onesmile::SCHEMA)?;
        conn.execute_batch(voipbin::SCHEMA)?;
        Ok(Self { conn })
    }
}

/// How a [`Party`](crate::model::Party) is written into two columns.
mod party {
    use crate::model::{Party, StaffId, VisitorId};

    pub(super) fn side(party: Party) -> &'static str {
        if party.is_staff() { "staff" } else { "visitor" }
    }

    pub(super) fn read(side: &str, id: i64) -> Party {
        if side == "staff" {
            Party::Staff(StaffId(id))
        } else {
            Party::Visitor(VisitorId(id))
        }
    }
}
