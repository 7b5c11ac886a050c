//! The words of the conversation store, free of any wire format.
//!
//! A **visitor** writes to **staff** inside a **conversation**; each of the
//! back ends calls these things otherwise (tenant, contact, member …), and its
//! front translates.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// A moment, in milliseconds since 1970 (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The present moment of this machine's clock.
    pub fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// The same clock in whole seconds, as tokens use it.
    pub fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }
}

/// A moment, in microseconds since 1970 (UTC), for wires that are that exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Micros(pub i64);

impl Micros {
    /// The present moment of this machine's clock.
    pub fn now() -> Self {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Self(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }
}

/// Someone who opened the chat on a site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VisitorId(pub i64);

/// Someone who answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaffId(pub i64);

/// The number of a message, unique over all conversations and growing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageId(pub i64);

/// The public name of a conversation (a UUID).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationKey(pub String);

/// One of the two sides of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Party {
    /// The side of the site's visitor.
    Visitor(VisitorId),
    /// The side of the concierge.
    Staff(StaffId),
}

impl Party {
    /// The number of the person, whichever side they are on.
    pub fn id(self) -> i64 {
        match self {
            Self::Visitor(VisitorId(id)) | Self::Staff(StaffId(id)) => id,
        }
    }

    /// True for the concierge's side.
    pub fn is_staff(self) -> bool {
        matches!(self, Self::Staff(_))
    }
}

/// One conversation from its first word to its end.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The row's number.
    pub row: i64,
    /// The public name.
    pub key: ConversationKey,
    /// Whose conversation it is, whoever started it.
    pub visitor: VisitorId,
    /// Who opened it.
    pub started_by: Party,
    /// When the side that opened it last showed a sign of life.
    pub starter_ping: Option<Timestamp>,
    /// Who came in on the other side; `None` while nobody has.
    pub joined_by: Option<Party>,
    /// When the side that came in last showed a sign of life.
    pub joiner_ping: Option<Timestamp>,
    /// True while it has ended. Only some fronts open one again.
    pub closed: bool,
    /// When it was opened.
    pub created_at: Timestamp,
}

impl Conversation {
    /// The staff member who is in, if any.
    pub fn staff(&self) -> Option<StaffId> {
        [self.joined_by, Some(self.started_by)]
            .into_iter()
            .flatten()
            .find_map(|party| match party {
                Party::Staff(id) => Some(id),
                Party::Visitor(_) => None,
            })
    }

    /// The visitor's last sign of life.
    pub fn visitor_ping(&self) -> Option<Timestamp> {
        match self.started_by {
            Party::Visitor(_) => self.starter_ping,
            Party::Staff(_) => self.joiner_ping,
        }
    }
}

/// A message as it is stored.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its number.
    pub id: MessageId,
    /// The conversation it was written in.
    pub conversation: ConversationKey,
    /// Whose conversation that is.
    pub visitor: VisitorId,
    /// Who wrote it.
    pub sender: Party,
    /// `TEXT`, `IMAGE`, `FILE`, `VIDEO`, or whatever the sender called it.
    pub content_type: String,
    /// The text, or the public URL of a file.
    pub content: String,
    /// When it was stored.
    pub sent_at: Timestamp,
    /// When the other side saw it.
    pub seen_at: Option<Timestamp>,
    /// The sender's own JSON, returned as it came.
    pub metadata: Option<Value>,
    /// True once the sender took it back.
    pub unsent: bool,
}

/// What a sender supplies of a message.
#[derive(Clone, Debug)]
pub struct Draft {
    /// See [`Message::content_type`].
    pub content_type: String,
    /// See [`Message::content`].
    pub content: String,
    /// See [`Message::metadata`].
    pub metadata: Option<Value>,
}

/// A visitor's device and the socket that it last opened.
#[derive(Clone, Debug)]
pub struct DeviceRow {
    /// The row's number; stays while the sockets change.
    pub row: i64,
    /// The gateway's name of the latest socket.
    pub connection_id: String,
    /// The device's own name.
    pub device: String,
    /// Whose device it is.
    pub visitor: VisitorId,
    /// When the device first connected.
    pub created_at: Timestamp,
    /// When it last connected.
    pub updated_at: Timestamp,
    /// When it stops receiving events unless it connects again.
    pub expires_at: Timestamp,
}
