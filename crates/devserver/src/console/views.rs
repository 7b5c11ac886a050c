//! What the console shows of a chat and of a message, as JSON.

use std::cmp::Reverse;

use serde::Serialize;
use serde_json::Value;

use super::AT_CONSOLE;
use crate::chat::Chat;
use crate::fronts;
use crate::fronts::onechat::attachments_for_staff;
use crate::model::{Conversation, Message, Timestamp};
use crate::store::StoreError;

/// A chat in the list.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SessionView {
    /// The session's key.
    id: String,
    tenant: i64,
    tenant_name: String,
    /// `tenant` or `staff`.
    started_by: &'static str,
    staff: StaffView,
    closed: bool,
    /// The tenant's messages that staff has not seen.
    unread: usize,
    last_message: Option<MessageView>,
    /// The visitor's last sign of life, in milliseconds since 1970.
    last_ping: Option<i64>,
    created_at: i64,
}

/// Who answers in a chat.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum StaffView {
    /// Nobody yet.
    Nobody,
    /// The person at the console.
    Me,
    /// The scripted concierge.
    Script,
}

/// A message in the log.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MessageView {
    id: i64,
    session: String,
    /// `tenant` or `staff`.
    author: &'static str,
    content_type: String,
    content: String,
    metadata: Option<Value>,
    sent_at: i64,
    seen_at: Option<i64>,
    unsent: bool,
    /// What OneChat has of it beyond the common.
    #[serde(skip_serializing_if = "Option::is_none")]
    rich: Option<RichView>,
}

/// What only messages of OneChat have.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RichView {
    content_type: String,
    content_attributes: Value,
    attachments: Vec<Value>,
}

impl SessionView {
    pub(super) fn of(chat: &Chat, session: &Conversation) -> Result<Self, StoreError> {
        let staff = match session.staff() {
            None => StaffView::Nobody,
            Some(AT_CONSOLE) => StaffView::Me,
            Some(_) => StaffView::Script,
        };
        let last_message = chat.last_message(&session.key)?;
        Ok(Self {
            id: session.key.0.clone(),
            tenant: session.visitor.0,
            tenant_name: fronts::title(chat, session)?,
            started_by: side(session.started_by.is_staff()),
            staff,
            closed: session.closed,
            unread: chat.unread_by_staff(&session.key)?,
            last_message: last_message
                .as_ref()
                .map(|message| MessageView::of(chat, message))
                .transpose()?,
            last_ping: session.visitor_ping().map(|Timestamp(ms)| ms),
            created_at: session.created_at.0,
        })
    }

    /// Open chats before ended ones, the latest news first.
    pub(super) fn order(&self) -> (bool, Reverse<i64>) {
        let latest = self
            .last_message
            .as_ref()
            .map_or(self.created_at, |message| message.sent_at);
        (self.closed, Reverse(latest))
    }
}

impl MessageView {
    pub(super) fn of(chat: &Chat, message: &Message) -> Result<Self, StoreError> {
        let extras = chat.with_store(|store| store.extras(message.id))?;
        let rich = extras.filter(|_| !message.unsent).map(|extras| RichView {
            attachments: attachments_for_staff(&extras),
            content_type: extras.content_type,
            content_attributes: extras.content_attributes,
        });
        Ok(Self {
            id: message.id.0,
            session: message.conversation.0.clone(),
            author: side(message.sender.is_staff()),
            content_type: message.content_type.clone(),
            content: if message.unsent {
                String::new()
            } else {
                message.content.clone()
            },
            metadata: message.metadata.clone(),
            sent_at: message.sent_at.0,
            seen_at: message.seen_at.map(|Timestamp(ms)| ms),
            unsent: message.unsent,
            rich,
        })
    }
}

pub(super) fn side(is_staff: bool) -> &'static str {
    if is_staff { "staff" } else { "tenant" }
}
