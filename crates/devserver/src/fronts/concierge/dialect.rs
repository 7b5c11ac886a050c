//! How stored things are written on the wire (contract 3.2). The same row looks
//! different in an answer and in an event, and the switches bend both.

use serde_json::{Map, Value, json};

use super::{ORGANISATION, tenants};
use crate::model::{Conversation, DeviceRow, Message, MessageId, Party, Timestamp, VisitorId};
use crate::switches::{
    DeleteEffect, Ids, MetadataKey, MetadataValue, NumberOrString, StringOrNumber, Switches,
    TenantForm, Times,
};

/// Where a thing is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In the answer to a call: numbers are strings.
    Answer,
    /// In an event: numbers are numbers.
    Event,
}

/// Why a message is sent as an event; the wire's undocumented `type`.
#[derive(Clone, Copy)]
pub(super) enum MessageEvent {
    /// It is new.
    New,
    /// It was seen.
    Changed,
}

/// Whether a session begins with this answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SessionStage {
    Begins,
    GoesOn,
}

/// Writes things for one place.
#[derive(Clone, Copy)]
pub(super) struct Dialect<'a> {
    pub(super) switches: &'a Switches,
    pub(super) place: Place,
}

impl Dialect<'_> {
    /// A `chatSession`.
    pub(super) fn session(self, session: &Conversation) -> Value {
        json!({
            "id": self.id(session.row),
            "orgId": self.id(ORGANISATION),
            "chatSessionId": session.key.0,
            "chatInitiatedByEntityType": entity_type(session.started_by),
            "chatInitiatedByEntityId": self.id(session.started_by.id()),
            "lastPingedByChatInitiator": self.time(session.starter_ping),
            "chatJoinedByEntityType": session.joined_by.map(entity_type),
            "chatJoinedByEntityId": session.joined_by.map(|party| self.id(party.id())),
            "lastPingedByChatJoiner": self.time(session.joiner_ping),
            "isSessionClosed": session.closed,
        })
    }

    /// A `chatMessage`.
    pub(super) fn message(self, message: &Message) -> Map<String, Value> {
        let unsent = message.unsent.then_some(self.switches.delete_effect);
        let content = if unsent == Some(DeleteEffect::Empty) {
            ""
        } else {
            &message.content
        };
        let status = match message.seen_at {
            _ if unsent == Some(DeleteEffect::Status0) => 0,
            Some(_) => 4,
            None => 3,
        };
        let mut fields = Map::from_iter([
            ("id".to_owned(), self.id(message.id.0)),
            ("orgId".to_owned(), self.id(ORGANISATION)),
            ("chatSessionId".to_owned(), json!(message.conversation.0)),
            (
                "senderEntityType".to_owned(),
                json!(entity_type(message.sender)),
            ),
            ("senderEntityId".to_owned(), self.id(message.sender.id())),
            ("messageContent".to_owned(), json!(content)),
            ("sentAt".to_owned(), self.time(Some(message.sent_at))),
            ("deliveredAt".to_owned(), self.time(Some(message.sent_at))),
            ("seenAt".to_owned(), self.time(message.seen_at)),
            ("status".to_owned(), json!(status)),
            ("contentType".to_owned(), json!(message.content_type)),
        ]);
        let metadata = self.metadata(message);
        match self.switches.metadata_key {
            MetadataKey::Metadata => fields.insert("metadata".to_owned(), metadata),
            MetadataKey::Metdata => fields.insert("metdata".to_owned(), metadata),
            MetadataKey::Drop => None,
        };
        fields
    }

    /// A `chatMessage` of an event.
    pub(super) fn message_event(self, message: &Message, event: MessageEvent) -> Value {
        let mut fields = self.message(message);
        let kind = match event {
            MessageEvent::New => 1,
            MessageEvent::Changed => 2,
        };
        fields.insert("type".to_owned(), json!(kind));
        Value::Object(fields)
    }

    /// A `connection`.
    pub(super) fn connection(self, device: &DeviceRow) -> Value {
        json!({
            "id": self.id(device.row),
            "connectionId": device.connection_id,
            "entityType": "TENANT",
            "entityId": self.id(device.visitor.0),
            "deviceId": device.device,
            "expiredAt": self.time(Some(device.expires_at)),
            "createdAt": self.time(Some(device.created_at)),
            "updatedAt": self.time(Some(device.updated_at)),
            "orgId": self.id(ORGANISATION),
        })
    }

    /// A `tenant`, if the `tenant_form` switch gives one.
    pub(super) fn tenant(self, tenant: VisitorId, stage: SessionStage) -> Option<Value> {
        match self.switches.tenant_form {
            TenantForm::Absent => None,
            TenantForm::LongThenShort if stage == SessionStage::Begins => {
                Some(tenants::long(tenant))
            }
            TenantForm::LongThenShort | TenantForm::Short => Some(tenants::short(tenant)),
        }
    }

    /// The `messageId` of an unsent message.
    pub(super) fn unsent_id(self, id: MessageId) -> Value {
        match self.switches.delete_id_type {
            NumberOrString::Number => json!(id.0),
            NumberOrString::String => json!(id.0.to_string()),
        }
    }

    /// The `unreadMsgCount`.
    pub(super) fn unread_count(self, count: usize) -> Value {
        match self.switches.unread_type {
            StringOrNumber::String => json!(count.to_string()),
            StringOrNumber::Number => json!(count),
        }
    }

    fn id(self, id: i64) -> Value {
        let number = match self.switches.ids {
            Ids::Doc => self.place == Place::Event,
            Ids::Numbers => true,
            Ids::Strings => false,
        };
        if number {
            json!(id)
        } else {
            json!(id.to_string())
        }
    }

    fn time(self, time: Option<Timestamp>) -> Value {
        let number = match self.switches.times {
            Times::Doc => self.place == Place::Event,
            Times::Numbers => true,
        };
        match time {
            None => Value::Null,
            Some(Timestamp(ms)) if number => json!(ms),
            Some(Timestamp(ms)) => json!(ms.to_string()),
        }
    }

    fn metadata(self, message: &Message) -> Value {
        match self.switches.metadata_value {
            MetadataValue::Echo => json!(message.metadata),
            MetadataValue::Null => Value::Null,
            MetadataValue::String => json!(message.metadata.as_ref().map(ToString::to_string)),
            MetadataValue::AgentFile => json!({"file": {"name": "house-rules.pdf"}}),
        }
    }
}

/// How the wire calls a side.
pub(super) fn entity_type(party: Party) -> &'static str {
    if party.is_staff() {
        "BACKEND_USER"
    } else {
        "TENANT"
    }
}
