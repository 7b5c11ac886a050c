//! What OneChat keeps beside the common tables: contacts and their sessions,
//! and what it knows of a conversation and of a message beyond the common.
//!
//! A contact is a visitor whose number comes from [`CONTACTS`], so that the
//! visitors of other fronts never mix with them.

mod contacts;
mod extras;
mod threads;

use std::ops::RangeInclusive;

use rusqlite::{OptionalExtension, Row, ToSql};
use serde_json::{Value, json};

use super::{Store, StoreError};
use crate::model::VisitorId;

pub(crate) use contacts::{Contact, Mark, Session};
pub(crate) use extras::{Attachment, Extras, Kind, Seed, StoredFile};
pub(crate) use threads::{Thread, Waiting};

/// The numbers of contacts.
const CONTACTS: RangeInclusive<i64> = 4_000_001..=4_999_999;

/// The number that the first conversation has inside the account.
const FIRST_DISPLAY_ID: i64 = 701;

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS onechat_contacts (
    id                INTEGER PRIMARY KEY,
    identifier        TEXT,
    name              TEXT NOT NULL,
    email             TEXT,
    phone             TEXT,
    avatar_url        TEXT,
    custom_attributes TEXT NOT NULL,
    blocked           INTEGER NOT NULL DEFAULT 0,
    created_at        INTEGER NOT NULL,
    updated_at        INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS onechat_sessions (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    source_id     TEXT NOT NULL UNIQUE,
    pubsub_token  TEXT NOT NULL UNIQUE,
    contact       INTEGER NOT NULL REFERENCES onechat_contacts(id),
    hmac_verified INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS onechat_threads (
    conversation      TEXT PRIMARY KEY REFERENCES conversations(key),
    display_id        INTEGER NOT NULL UNIQUE,
    session           INTEGER NOT NULL REFERENCES onechat_sessions(id),
    status            TEXT NOT NULL,
    contact_seen_at   INTEGER,
    custom_attributes TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS onechat_messages (
    message            INTEGER PRIMARY KEY REFERENCES messages(id),
    kind               INTEGER NOT NULL,
    content_type       TEXT NOT NULL,
    content_attributes TEXT NOT NULL,
    attachments        TEXT NOT NULL,
    echo_id            TEXT,
    without_content    INTEGER NOT NULL DEFAULT 0
);
";

/// True for a visitor who is a contact of OneChat's.
pub(crate) fn is_contact(visitor: VisitorId) -> bool {
    CONTACTS.contains(&visitor.0)
}

impl Store {
    fn one<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>, StoreError> {
        Ok(self
            .conn
            .prepare_cached(sql)?
            .query_row(parameters, read)
            .optional()?)
    }

    fn many<T>(
        &self,
        sql: &str,
        parameters: &[&dyn ToSql],
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let rows = self
            .conn
            .prepare_cached(sql)?
            .query_map(parameters, read)?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }
}

fn read_json(row: &Row<'_>, column: &str) -> rusqlite::Result<Value> {
    let text: String = row.get(column)?;
    Ok(serde_json::from_str(&text).unwrap_or_else(|_| json!({})))
}
