//! What comes in over `ActionCable` (contract 3.7, 3.8).

use super::{OneChat, read};
use crate::backend::Incoming;
use crate::json::Json;
use crate::model::ConversationId;

impl OneChat {
    /// What a frame says; nothing when it is none of the visitor's business.
    pub(super) fn on_frame(&mut self, frame: &Json) -> Option<Incoming> {
        match frame.at("type").as_str() {
            Some("welcome" | "ping") => return Some(Incoming::Alive),
            Some("confirm_subscription") => {
                self.unconfirmed.set(false);
                return Some(Incoming::Live);
            }
            Some("reject_subscription") => return Some(Incoming::Over(false)),
            Some("disconnect") => {
                let again = frame.at("reconnect").as_bool();
                return Some(Incoming::Over(again.unwrap_or(true)));
            }
            Some(_) | None => {}
        }
        let message = frame.at("message");
        let data = message.at("data");
        match message.at("event").as_str() {
            Some("message.created" | "message.updated") => self.on_message(data),
            Some(
                "conversation.created" | "conversation.updated" | "conversation.status_changed",
            ) => self.on_conversation(data),
            Some("conversation.typing_on") => self.on_typing(data, Some(name(data))),
            Some("conversation.typing_off") => self.on_typing(data, None),
            Some("contact.merged") => {
                match read::said(data, "pubsub_token") {
                    Some(token) => self.token = Some(token.to_owned()),
                    // It is asked for with the next messages.
                    None => self.unconfirmed.set(true),
                }
                Some(Incoming::Over(true))
            }
            Some(_) | None => Some(Incoming::Unknown),
        }
    }

    fn on_message(&mut self, data: &Json) -> Option<Incoming> {
        if !self.is_of_inbox(data) || read::is_hidden(data) {
            return None;
        }
        let Some(message) = self.message(data, None) else {
            return Some(Incoming::Unknown);
        };
        Some(if message.content.is_some() {
            Incoming::Message(message)
        } else {
            Incoming::Gone(message.id)
        })
    }

    fn on_conversation(&mut self, data: &Json) -> Option<Incoming> {
        if !self.is_of_inbox(data) {
            return None;
        }
        let Some(info) = read::conversation(data) else {
            return Some(Incoming::Unknown);
        };
        if let Some(current) = &mut self.current
            && current.id == info.id
        {
            current.closed = info.closed;
            current.joined = info.joined.or(current.joined);
            current.seen_until = info.seen_until.max(current.seen_until);
            let seen = read::int(data.at("contact_last_seen_at")).unwrap_or(0);
            self.seen_until = self.seen_until.max(seen);
        }
        Some(Incoming::Conversation(info))
    }

    fn on_typing(&self, data: &Json, name: Option<String>) -> Option<Incoming> {
        let conversation = data.at("conversation");
        let is_private = data.at("is_private").as_bool() == Some(true);
        if is_private || !self.is_of_inbox(conversation) {
            return None;
        }
        let Some(id) = read::id(conversation.at("id")) else {
            return Some(Incoming::Unknown);
        };
        Some(Incoming::Typing(ConversationId(id), name))
    }
}

/// The name of whoever types.
fn name(data: &Json) -> String {
    let user = data.at("user");
    let name = read::said(user, "available_name").or_else(|| read::said(user, "name"));
    name.unwrap_or_default().to_owned()
}
