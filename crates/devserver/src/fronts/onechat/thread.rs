//! A conversation with all that belongs to it, and who may reach it.

use serde_json::json;

use super::OneChat;
use super::failure::Failure;
use crate::model::{Conversation, ConversationKey, Message, Party, Timestamp, VisitorId};
use crate::store::onechat::{
    Attachment, Contact, Extras, Kind, Session, StoredFile, Thread, Waiting, is_contact,
};
use crate::store::{Store, StoreError};
use crate::switches::onechat::ContactFault;

/// A conversation and its people.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    pub(super) conversation: Conversation,
    pub(super) thread: Thread,
    pub(super) session: Session,
    pub(super) contact: Contact,
}

impl Setting {
    /// `open`, `resolved`, `pending` or `snoozed`.
    pub(super) fn status(&self) -> &'static str {
        if self.conversation.closed {
            "resolved"
        } else {
            self.thread.waiting.word()
        }
    }
}

/// Which conversations a call may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those of the session, and all of the contact's once the user was proved.
    Session,
    /// In the older generations all of the contact's.
    Messages,
}

impl OneChat {
    /// The session of a path, unless it shall not be known.
    pub(super) fn session(&self, inbox: &str, source_id: &str) -> Result<Session, Failure> {
        super::inbox::check(inbox)?;
        let is_lost = self
            .switches
            .take(|switches| switches.onechat.contact.strikes(ContactFault::Unknown404));
        let found = self
            .chat
            .with_store(|store| store.session_of_source(source_id))?;
        found.filter(|_| !is_lost).ok_or(Failure::NotFound)
    }

    /// Whose session it is.
    pub(super) fn contact_of(&self, session: &Session) -> Result<Contact, Failure> {
        let found = self
            .chat
            .with_store(|store| store.contact(session.contact))?;
        found.ok_or(Failure::NotFound)
    }

    /// The conversation of a path.
    pub(super) fn reach(
        &self,
        session: &Session,
        display_id: &str,
        reach: Reach,
    ) -> Result<Setting, Failure> {
        let number = display_id.parse().map_err(|_| Failure::NotFound)?;
        let thread = self
            .chat
            .with_store(|store| store.thread_numbered(number))?
            .ok_or(Failure::NotFound)?;
        let setting = self.setting(&thread.key)?.ok_or(Failure::NotFound)?;
        let is_generous = reach == Reach::Messages && !self.switches().generation.is_upstream();
        let is_wide = session.hmac_verified || is_generous;
        let is_own = setting.thread.session == session.id;
        let is_contacts = setting.contact.id == session.contact;
        if is_own || (is_contacts && is_wide) {
            Ok(setting)
        } else {
            Err(Failure::NotFound)
        }
    }

    /// A conversation with its people; `None` if it is no contact's.
    pub(super) fn setting(&self, key: &ConversationKey) -> Result<Option<Setting>, StoreError> {
        self.chat.with_store(|store| read_setting(store, key))
    }

    /// The conversations that a session may reach, the oldest first.
    pub(super) fn settings_of(&self, session: &Session) -> Result<Vec<Setting>, StoreError> {
        self.chat.with_store(|store| {
            let mut settings = Vec::new();
            for thread in store.threads_of(session.contact)? {
                if session.hmac_verified || thread.session == session.id {
                    settings.extend(read_setting(store, &thread.key)?);
                }
            }
            Ok(settings)
        })
    }

    /// The newest conversation of a contact.
    pub(super) fn newest_setting(&self, contact: VisitorId) -> Result<Option<Setting>, StoreError> {
        self.chat.with_store(|store| {
            let threads = store.threads_of(contact)?;
            let newest = threads
                .last()
                .map(|thread| read_setting(store, &thread.key));
            Ok(newest.transpose()?.flatten())
        })
    }

    /// What OneChat knows of a message. Of those that the console or the script
    /// wrote in the common way, it knows what can be concluded.
    pub(super) fn extras(&self, message: &Message) -> Result<Extras, StoreError> {
        let stored = self.chat.with_store(|store| store.extras(message.id))?;
        Ok(stored.unwrap_or_else(|| self.conclude(message)))
    }

    fn conclude(&self, message: &Message) -> Extras {
        let mut extras = Extras::plain(match message.sender {
            Party::Visitor(_) => Kind::Incoming,
            Party::Staff(_) => Kind::Outgoing,
        });
        match (
            message.content_type.as_str(),
            message.content.strip_prefix(&self.bucket.url()),
        ) {
            ("TEXT", _) => {}
            (_, Some(path)) => {
                let name = message
                    .metadata
                    .as_ref()
                    .and_then(|data| data.pointer("/file/name"));
                let name = name.and_then(|name| name.as_str()).unwrap_or("file");
                extras.without_content = true;
                extras.attachments.push(Attachment::File(StoredFile {
                    name: name.to_owned(),
                    mime: mime_of(&message.content_type, name).to_owned(),
                    path: path.to_owned(),
                    size: self.bucket.size(path).unwrap_or(0),
                    dimensions: self
                        .bucket
                        .head(path)
                        .as_deref()
                        .and_then(super::measure::dimensions),
                }));
            }
            (other, None) => extras.content_type = other.to_ascii_lowercase(),
        }
        extras
    }

    /// Seconds since 1970 by the server's clock, which a switch may have moved.
    pub(super) fn seconds(&self, at: Timestamp) -> i64 {
        at.seconds() + i64::from(self.switches().clock_skew)
    }
}

fn read_setting(store: &Store, key: &ConversationKey) -> Result<Option<Setting>, StoreError> {
    let Some(conversation) = store.conversation(key)? else {
        return Ok(None);
    };
    if !is_contact(conversation.visitor) {
        return Ok(None);
    }
    let Some(contact) = store.contact(conversation.visitor)? else {
        return Ok(None);
    };
    let thread = match store.thread(key)? {
        Some(thread) => thread,
        None => match store.sessions_of(contact.id)?.first() {
            // Staff began the conversation from the console.
            Some(session) => store.add_thread(key, session.id, Waiting::Open, json!({}))?,
            None => return Ok(None),
        },
    };
    let session = store.session(thread.session)?;
    Ok(session.map(|session| Setting {
        conversation,
        thread,
        session,
        contact,
    }))
}

/// The type of a file that the console or the script sent.
fn mime_of(content_type: &str, name: &str) -> &'static str {
    let extension = name
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    match (extension.as_str(), content_type) {
        ("png", _) => "image/png",
        ("jpg" | "jpeg", _) => "image/jpeg",
        ("gif", _) => "image/gif",
        ("webp", _) => "image/webp",
        ("mp4", _) => "video/mp4",
        ("webm", _) => "video/webm",
        ("mov", _) => "video/quicktime",
        ("mp3", _) => "audio/mpeg",
        ("ogg", _) => "audio/ogg",
        ("wav", _) => "audio/wav",
        ("pdf", _) => "application/pdf",
        ("txt", _) => "text/plain",
        (_, "IMAGE") => "image/png",
        (_, "VIDEO") => "video/mp4",
        _ => "application/octet-stream",
    }
}
