//! What the VoIPBIN front keeps beside the conversations: chats, the places of
//! their participants, what messages have beyond text, each participant's copy
//! of a message, files.

use rusqlite::{Params, Row, params};
use serde_json::{Value, json};

use super::{Store, StoreError};
use crate::model::{ConversationKey, Message, MessageId, Micros};

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
