//! What OneChat keeps beside the common tables: contacts and their sessions,
//! and what it knows of a conversation and of a message beyond the common.
//!
//! A contact is a visitor whose number comes from [`CONTACTS`], so that the
//! visitors of other fronts never mix with them.

use std::ops::RangeInclusive;

use rusqlite::{OptionalExtension, Row, ToSql, params};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::messages::COLUMNS as MESSAGE_COLUMNS;
use super::{Store, StoreError, party};
use crate::model::{
    Conversation, ConversationKey, Draft, Message, MessageId, Party, Timestamp, VisitorId,
};

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

/// A person, over all of their sessions.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    /// The visitor that the common tables know.
    pub(crate) id: VisitorId,
    /// The host page's own name of the user.
    pub(crate) identifier: Option<String>,
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) avatar_url: Option<String>,
    /// An object.
    pub(crate) custom_attributes: Value,
    pub(crate) blocked: bool,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// One browser of a contact in the inbox.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// The row's number.
    pub(crate) id: i64,
    /// Who holds it is the contact.
    pub(crate) source_id: String,
    /// Names the stream of live events.
    pub(crate) pubsub_token: String,
    pub(crate) contact: VisitorId,
    pub(crate) hmac_verified: bool,
    pub(crate) created_at: Timestamp,
}

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

/// By what a contact is found.
#[derive(Clone, Copy)]
pub(crate) enum Mark<'a> {
    Identifier(&'a str),
    Email(&'a str),
    Phone(&'a str),
}

/// Contacts and sessions.
impl Store {
    /// The contact of that number.
    pub(crate) fn contact(&self, id: VisitorId) -> Result<Option<Contact>, StoreError> {
        self.one(
            "SELECT * FROM onechat_contacts WHERE id = ?1",
            &[&id.0],
            read_contact,
        )
    }

    /// The contact with that mark.
    pub(crate) fn contact_with(&self, mark: Mark<'_>) -> Result<Option<Contact>, StoreError> {
        let (column, value) = match mark {
            Mark::Identifier(value) => ("identifier", value),
            Mark::Email(value) => ("email", value),
            Mark::Phone(value) => ("phone", value),
        };
        let sql = format!("SELECT * FROM onechat_contacts WHERE {column} = ?1");
        self.one(&sql, &[&value], read_contact)
    }

    /// Adds a contact under a number of its own; that of the argument does not
    /// matter.
    pub(crate) fn add_contact(&self, mut contact: Contact) -> Result<Contact, StoreError> {
        let before_first = CONTACTS.start() - 1;
        let sql = "SELECT COALESCE(MAX(id), ?1) + 1 FROM onechat_contacts";
        contact.id = VisitorId(self.conn.query_row(sql, [before_first], |row| row.get(0))?);
        self.conn.execute(
            "INSERT INTO onechat_contacts (id, name, custom_attributes, created_at, updated_at)
             VALUES (?1, '', '{}', ?2, ?2)",
            params![contact.id.0, contact.created_at.0],
        )?;
        self.save_contact(&contact)?;
        Ok(contact)
    }

    /// Writes back all that may change of a contact.
    pub(crate) fn save_contact(&self, contact: &Contact) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE onechat_contacts SET identifier = ?2, name = ?3, email = ?4, phone = ?5, avatar_url = ?6,
                 custom_attributes = ?7, blocked = ?8, updated_at = ?9 WHERE id = ?1",
            params![
                contact.id.0,
                contact.identifier,
                contact.name,
                contact.email,
                contact.phone,
                contact.avatar_url,
                contact.custom_attributes.to_string(),
                contact.blocked,
                contact.updated_at.0,
            ],
        )?;
        Ok(())
    }

    /// Gives all sessions and conversations of one contact to another. The
    /// first is kept as an empty shell, so that its number is not used again.
    pub(crate) fn merge_contacts(
        &self,
        gone: VisitorId,
        left: VisitorId,
    ) -> Result<(), StoreError> {
        let tx = self.conn.unchecked_transaction()?;
        for sql in [
            "UPDATE onechat_sessions SET contact = ?2 WHERE contact = ?1",
            "UPDATE conversations SET visitor = ?2 WHERE visitor = ?1",
            "UPDATE messages SET visitor = ?2 WHERE visitor = ?1",
            "UPDATE conversations SET started_id = ?2 WHERE started_id = ?1 AND started_side = 'visitor'",
            "UPDATE conversations SET joined_id = ?2 WHERE joined_id = ?1 AND joined_side = 'visitor'",
            "UPDATE messages SET sender_id = ?2 WHERE sender_id = ?1 AND sender_side = 'visitor'",
        ] {
            tx.execute(sql, params![gone.0, left.0])?;
        }
        tx.execute(
            "UPDATE onechat_contacts SET identifier = NULL, email = NULL, phone = NULL WHERE id = ?1",
            [gone.0],
        )?;
        tx.commit()?;
        Ok(())
    }

    /// The session of that source id.
    pub(crate) fn session_of_source(&self, source_id: &str) -> Result<Option<Session>, StoreError> {
        self.one(
            "SELECT * FROM onechat_sessions WHERE source_id = ?1",
            &[&source_id],
            read_session,
        )
    }

    /// The session of that token.
    pub(crate) fn session_of_token(&self, token: &str) -> Result<Option<Session>, StoreError> {
        self.one(
            "SELECT * FROM onechat_sessions WHERE pubsub_token = ?1",
            &[&token],
            read_session,
        )
    }

    /// The session of that row.
    pub(crate) fn session(&self, id: i64) -> Result<Option<Session>, StoreError> {
        self.one(
            "SELECT * FROM onechat_sessions WHERE id = ?1",
            &[&id],
            read_session,
        )
    }

    /// A contact's sessions, the newest first.
    pub(crate) fn sessions_of(&self, contact: VisitorId) -> Result<Vec<Session>, StoreError> {
        self.many(
            "SELECT * FROM onechat_sessions WHERE contact = ?1 ORDER BY id DESC",
            &[&contact.0],
            read_session,
        )
    }

    /// The session that was added last.
    pub(crate) fn newest_session(&self) -> Result<Option<Session>, StoreError> {
        self.one(
            "SELECT * FROM onechat_sessions ORDER BY id DESC LIMIT 1",
            &[],
            read_session,
        )
    }

    /// Adds a session of a contact.
    pub(crate) fn add_session(
        &self,
        contact: VisitorId,
        source_id: &str,
        pubsub_token: &str,
        at: Timestamp,
    ) -> Result<Session, StoreError> {
        self.conn.execute(
            "INSERT INTO onechat_sessions (source_id, pubsub_token, contact, created_at) VALUES (?1, ?2, ?3, ?4)",
            params![source_id, pubsub_token, contact.0, at.0],
        )?;
        Ok(Session {
            id: self.conn.last_insert_rowid(),
            source_id: source_id.to_owned(),
            pubsub_token: pubsub_token.to_owned(),
            contact,
            hmac_verified: false,
            created_at: at,
        })
    }

    /// Notes that a session's user was proved.
    pub(crate) fn verify_session(&self, id: i64) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE onechat_sessions SET hmac_verified = 1 WHERE id = ?1",
            [id],
        )?;
        Ok(())
    }

    /// Gives a session another token.
    pub(crate) fn rotate_token(&self, id: i64, token: &str) -> Result<(), StoreError> {
        self.conn.execute(
            "UPDATE onechat_sessions SET pubsub_token = ?2 WHERE id = ?1",
            params![id, token],
        )?;
        Ok(())
    }
}

/// Conversations.
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

/// Messages.
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

fn read_contact(row: &Row<'_>) -> rusqlite::Result<Contact> {
    Ok(Contact {
        id: VisitorId(row.get("id")?),
        identifier: row.get("identifier")?,
        name: row.get("name")?,
        email: row.get("email")?,
        phone: row.get("phone")?,
        avatar_url: row.get("avatar_url")?,
        custom_attributes: read_json(row, "custom_attributes")?,
        blocked: row.get("blocked")?,
        created_at: Timestamp(row.get("created_at")?),
        updated_at: Timestamp(row.get("updated_at")?),
    })
}

fn read_session(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        source_id: row.get("source_id")?,
        pubsub_token: row.get("pubsub_token")?,
        contact: VisitorId(row.get("contact")?),
        hmac_verified: row.get("hmac_verified")?,
        created_at: Timestamp(row.get("created_at")?),
    })
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

fn read_json(row: &Row<'_>, column: &str) -> rusqlite::Result<Value> {
    let text: String = row.get(column)?;
    Ok(serde_json::from_str(&text).unwrap_or_else(|_| json!({})))
}
