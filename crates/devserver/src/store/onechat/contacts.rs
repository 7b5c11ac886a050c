//! The tables of contacts and of their sessions.

use rusqlite::{Row, params};
use serde_json::Value;

use super::super::{Store, StoreError};
use super::{CONTACTS, read_json};
use crate::model::{Timestamp, VisitorId};

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

/// By what a contact is found.
#[derive(Clone, Copy)]
pub(crate) enum Mark<'a> {
    Identifier(&'a str),
    Email(&'a str),
    Phone(&'a str),
}

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
