//! What the VoIPBIN front keeps beside the conversations: chats, the places of
//! their participants, what messages have beyond text, each participant's copy
//! of a message, files.

mod words;

use rusqlite::{Params, Row, params};

use super::{Store, StoreError};
use crate::model::{ConversationKey, Micros};

pub(crate) use words::{Before, Spacing, Word, WordCopy};

pub(super) const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS voipbin_agents (number INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS voipbin_talks (
    conversation TEXT PRIMARY KEY REFERENCES conversations(key),
    kind         TEXT NOT NULL,
    name         TEXT NOT NULL,
    detail       TEXT NOT NULL,
    owner        INTEGER NOT NULL,
    created      INTEGER NOT NULL,
    updated      INTEGER,
    deleted      INTEGER
);
CREATE TABLE IF NOT EXISTS voipbin_places (
    id           TEXT PRIMARY KEY,
    room         TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL REFERENCES conversations(key),
    agent        INTEGER NOT NULL,
    name         TEXT NOT NULL,
    detail       TEXT NOT NULL,
    joined       INTEGER NOT NULL,
    updated      INTEGER,
    gone         INTEGER
);
CREATE TABLE IF NOT EXISTS voipbin_words (
    message      INTEGER PRIMARY KEY REFERENCES messages(id),
    id           TEXT NOT NULL UNIQUE,
    conversation TEXT NOT NULL,
    agent        INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    text         TEXT NOT NULL,
    parent       TEXT,
    medias       TEXT NOT NULL,
    reactions    TEXT NOT NULL,
    created      INTEGER NOT NULL,
    updated      INTEGER,
    deleted      INTEGER
);
CREATE INDEX IF NOT EXISTS voipbin_words_of_chat ON voipbin_words (conversation, created);
CREATE TABLE IF NOT EXISTS voipbin_copies (
    id      TEXT PRIMARY KEY,
    message INTEGER NOT NULL REFERENCES voipbin_words(message),
    room    TEXT NOT NULL,
    deleted INTEGER,
    UNIQUE (message, room)
);
CREATE TABLE IF NOT EXISTS voipbin_files (
    id      TEXT PRIMARY KEY,
    agent   INTEGER NOT NULL,
    name    TEXT NOT NULL,
    size    INTEGER NOT NULL,
    url     TEXT NOT NULL,
    created INTEGER NOT NULL,
    deleted INTEGER
);
CREATE TABLE IF NOT EXISTS voipbin_guests (
    number   INTEGER PRIMARY KEY,
    page_url TEXT NOT NULL,
    referrer TEXT NOT NULL,
    active   INTEGER NOT NULL
);
";

/// A conversation as a chat.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    pub(crate) conversation: ConversationKey,
    /// `direct`, `group` or `talk`.
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) detail: String,
    /// The number of the agent who has the say.
    pub(crate) owner: i64,
    pub(crate) created: Micros,
    pub(crate) updated: Option<Micros>,
    pub(crate) deleted: Option<Micros>,
}

/// An agent's place in a chat, and the room that the agent sees it as.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    /// The participant's id.
    pub(crate) id: String,
    /// The room's id.
    pub(crate) room: String,
    pub(crate) conversation: ConversationKey,
    /// The agent's number.
    pub(crate) agent: i64,
    /// The room's own name.
    pub(crate) name: String,
    pub(crate) detail: String,
    pub(crate) joined: Micros,
    pub(crate) updated: Option<Micros>,
    /// When the agent left, or was removed.
    pub(crate) gone: Option<Micros>,
}

/// A file that an agent put up.
#[derive(Clone, Debug)]
pub(crate) struct FileRow {
    pub(crate) id: String,
    pub(crate) agent: i64,
    pub(crate) name: String,
    pub(crate) size: i64,
    pub(crate) url: String,
    pub(crate) created: Micros,
    pub(crate) deleted: Option<Micros>,
}

/// A visitor of a page that has the webchat.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) number: i64,
    pub(crate) page_url: String,
    pub(crate) referrer: String,
    /// When the guest last did something.
    pub(crate) active: Micros,
}

impl Store {
    /// Notes an agent; true if it was not known before.
    pub(crate) fn voipbin_meet(&self, agent: i64) -> Result<bool, StoreError> {
        let added = self.conn.execute(
            "INSERT OR IGNORE INTO voipbin_agents (number) VALUES (?1)",
            [agent],
        )?;
        Ok(added == 1)
    }

    /// Adds or rewrites a chat.
    pub(crate) fn voipbin_save_talk(&self, talk: &Talk) -> Result<(), StoreError> {
        self.conn.execute(
            "INSERT OR REPLACE INTO voipbin_talks
                 (conversation, kind, name, detail, owner, created, updated, deleted)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                talk.conversation.0,
                talk.kind,
                talk.name,
                talk.detail,
                talk.owner,
                talk.created.0,
                talk.updated.map(|at| at.0),
                talk.deleted.map(|at| at.0),
            ],
        )?;
        Ok(())
    }

    /// The chat of that conversation.
    pub(crate) fn voipbin_talk(&self, key: &ConversationKey) -> Result<Option<Talk>, StoreError> {
        let sql = "SELECT * FROM voipbin_talks WHERE conversation = ?1";
        Ok(self.list(sql, [&key.0], read_talk)?.pop())
    }

    /// All chats that are not deleted, the newest first.
    pub(crate) fn voipbin_talks(&self) -> Result<Vec<Talk>, StoreError> {
        let sql = "SELECT * FROM voipbin_talks WHERE deleted IS NULL ORDER BY created DESC";
        self.list(sql, [], read_talk)
    }

    /// Adds or rewrites a place.
    pub(crate) fn voipbin_save_place(&self, place: &Place) -> Result<(), StoreError> {
        self.conn.execute(
            "INSERT OR REPLACE INTO voipbin_places
                 (id, room, conversation, agent, name, detail, joined, updated, gone)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                place.id,
                place.room,
                place.conversation.0,
                place.agent,
                place.name,
                place.detail,
                place.joined.0,
                place.updated.map(|at| at.0),
                place.gone.map(|at| at.0),
            ],
        )?;
        Ok(())
    }

    /// The places in a chat that are taken, in the order of joining.
    pub(crate) fn voipbin_places(&self, key: &ConversationKey) -> Result<Vec<Place>, StoreError> {
        let sql = "SELECT * FROM voipbin_places
                   WHERE conversation = ?1 AND gone IS NULL ORDER BY joined, rowid";
        self.list(sql, [&key.0], read_place)
    }

    /// The places of an agent, the newest first.
    pub(crate) fn voipbin_places_of(&self, agent: i64) -> Result<Vec<Place>, StoreError> {
        let sql = "SELECT * FROM voipbin_places
                   WHERE agent = ?1 AND gone IS NULL ORDER BY joined DESC";
        self.list(sql, [agent], read_place)
    }

    /// The place that is seen as that room.
    pub(crate) fn voipbin_room(&self, room: &str) -> Result<Option<Place>, StoreError> {
        let sql = "SELECT * FROM voipbin_places WHERE room = ?1 AND gone IS NULL";
        Ok(self.list(sql, [room], read_place)?.pop())
    }

    /// Adds or rewrites a file.
    pub(crate) fn voipbin_save_file(&self, file: &FileRow) -> Result<(), StoreError> {
        self.conn.execute(
            "INSERT OR REPLACE INTO voipbin_files (id, agent, name, size, url, created, deleted)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                file.id,
                file.agent,
                file.name,
                file.size,
                file.url,
                file.created.0,
                file.deleted.map(|at| at.0),
            ],
        )?;
        Ok(())
    }

    /// The file of that id.
    pub(crate) fn voipbin_file(&self, id: &str) -> Result<Option<FileRow>, StoreError> {
        let sql = "SELECT * FROM voipbin_files WHERE id = ?1";
        Ok(self.list(sql, [id], read_file)?.pop())
    }

    /// The files of an agent that are not deleted, the newest first.
    pub(crate) fn voipbin_files(&self, agent: i64) -> Result<Vec<FileRow>, StoreError> {
        let sql = "SELECT * FROM voipbin_files
                   WHERE agent = ?1 AND deleted IS NULL ORDER BY created DESC";
        self.list(sql, [agent], read_file)
    }

    /// Adds a guest under the next free number, from `first` on.
    pub(crate) fn voipbin_new_guest(
        &self,
        first: i64,
        page_url: &str,
        referrer: &str,
    ) -> Result<i64, StoreError> {
        self.conn.execute(
            "INSERT INTO voipbin_guests (number, page_url, referrer, active)
             SELECT coalesce(max(number) + 1, ?1), ?2, ?3, 0 FROM voipbin_guests",
            params![first, page_url, referrer],
        )?;
        Ok(self.conn.last_insert_rowid())
    }

    /// Notes a guest's last sign of life.
    pub(crate) fn voipbin_save_guest(&self, guest: &Guest) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE voipbin_guests SET active = ?2 WHERE number = ?1",
            params![guest.number, guest.active.0],
        )?;
        Ok(())
    }

    /// The guest of that number.
    pub(crate) fn voipbin_guest(&self, number: i64) -> Result<Option<Guest>, StoreError> {
        let sql = "SELECT * FROM voipbin_guests WHERE number = ?1";
        let read = |row: &Row<'_>| {
            Ok(Guest {
                number: row.get("number")?,
                page_url: row.get("page_url")?,
                referrer: row.get("referrer")?,
                active: Micros(row.get("active")?),
            })
        };
        Ok(self.list(sql, [number], read)?.pop())
    }

    fn list<T>(
        &self,
        sql: &str,
        parameters: impl Params,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let rows = statement
            .query_map(parameters, read)?
            .collect::<Result<_, _>>()?;
        Ok(rows)
    }
}

fn moment(row: &Row<'_>, column: &str) -> rusqlite::Result<Option<Micros>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Micros))
}

fn read_talk(row: &Row<'_>) -> rusqlite::Result<Talk> {
    Ok(Talk {
        conversation: ConversationKey(row.get("conversation")?),
        kind: row.get("kind")?,
        name: row.get("name")?,
        detail: row.get("detail")?,
        owner: row.get("owner")?,
        created: Micros(row.get("created")?),
        updated: moment(row, "updated")?,
        deleted: moment(row, "deleted")?,
    })
}

fn read_place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place {
        id: row.get("id")?,
        room: row.get("room")?,
        conversation: ConversationKey(row.get("conversation")?),
        agent: row.get("agent")?,
        name: row.get("name")?,
        detail: row.get("detail")?,
        joined: Micros(row.get("joined")?),
        updated: moment(row, "updated")?,
        gone: moment(row, "gone")?,
    })
}

fn read_file(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    Ok(FileRow {
        id: row.get("id")?,
        agent: row.get("agent")?,
        name: row.get("name")?,
        size: row.get("size")?,
        url: row.get("url")?,
        created: Micros(row.get("created")?),
        deleted: moment(row, "deleted")?,
    })
}
