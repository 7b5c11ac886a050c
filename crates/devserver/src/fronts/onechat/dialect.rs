//! How contacts, conversations and messages are written (contract 3.2 to 3.6,
//! 3.8), in the words of each generation.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::format_description;

use super::thread::Setting;
use super::{ACCOUNT_ID, INBOX_ID, OneChat, files, staff};
use crate::model::{Message, MessageId, Party, StaffId, Timestamp};
use crate::store::StoreError;
use crate::store::onechat::{Contact, Extras, Kind, Session};
use crate::switches::onechat::{AttachmentUrl, Generation, OneChatSwitches};

/// What stands in place of a message that was taken back.
pub(super) const DELETED: &str = "This message was deleted";

/// Writes JSON under the switches of one moment.
pub(super) struct Dialect<'a> {
    pub(super) front: &'a OneChat,
    pub(super) switches: OneChatSwitches,
}

impl<'a> Dialect<'a> {
    pub(super) fn of(front: &'a OneChat) -> Self {
        Self {
            front,
            switches: front.switches(),
        }
    }

    /// A contact as create and show answer it.
    pub(super) fn contact(&self, session: &Session, contact: &Contact) -> Value {
        let mut shown = json!({
            "source_id": session.source_id,
            "pubsub_token": session.pubsub_token,
            "id": contact.id.0,
            "name": contact.name,
            "email": contact.email,
        });
        if self.switches.generation.is_newer() {
            shown["phone_number"] = json!(contact.phone);
        }
        shown
    }

    /// A contact as the table has it.
    pub(super) fn record(&self, contact: &Contact) -> Value {
        json!({
            "id": contact.id.0,
            "name": contact.name,
            "email": contact.email,
            "phone_number": contact.phone,
            "account_id": ACCOUNT_ID,
            "created_at": self.iso(contact.created_at),
            "updated_at": self.iso(contact.updated_at),
            "additional_attributes": {},
            "identifier": contact.identifier,
            "custom_attributes": contact.custom_attributes,
            "last_activity_at": self.iso(contact.updated_at),
            "contact_type": "lead",
            "middle_name": "",
            "last_name": "",
            "location": null,
            "country_code": null,
            "blocked": contact.blocked,
            "company_id": null,
            "label_list": [],
        })
    }

    /// A conversation as the REST calls answer it.
    pub(super) fn conversation(&self, setting: &Setting) -> Result<Value, StoreError> {
        let chat = &self.front.chat;
        let messages = chat
            .messages_in(&setting.conversation.key)?
            .iter()
            .map(|message| self.message(setting, message))
            .collect::<Result<Vec<_>, _>>()?;
        let mut shown = json!({
            "id": setting.thread.display_id,
            "inbox_id": INBOX_ID,
            "contact_last_seen_at": self.moment(setting.thread.contact_seen_at),
            "status": setting.status(),
            "messages": messages,
            "contact": self.record(&setting.contact),
        });
        if self.switches.generation.is_newer() {
            shown["uuid"] = json!(setting.conversation.key.0);
            shown["agent_last_seen_at"] = json!(self.staff_seen(setting)?);
        }
        Ok(shown)
    }

    /// A message as the REST calls answer it.
    pub(super) fn message(
        &self,
        setting: &Setting,
        message: &Message,
    ) -> Result<Value, StoreError> {
        let extras = self.front.extras(message)?;
        let mut shown = json!({
            "id": message.id.0,
            "content": self.rest_content(setting, message, &extras),
            "message_type": extras.kind.number(),
            "content_type": extras.content_type,
            "content_attributes": attributes(message, &extras),
            "created_at": self.front.seconds(message.sent_at),
            "conversation_id": setting.thread.display_id,
        });
        self.add_attachments(&mut shown, message, &extras);
        self.add_sender(&mut shown, setting, message, &extras);
        Ok(shown)
    }

    /// A message as events carry it.
    pub(super) fn live_message(
        &self,
        setting: &Setting,
        message: &Message,
    ) -> Result<Value, StoreError> {
        let extras = self.front.extras(message)?;
        let sender = match (extras.kind, message.sender) {
            (Kind::Template, _) => None,
            (_, Party::Visitor(_)) => Some("Contact"),
            (_, Party::Staff(_)) => Some("User"),
        };
        let is_read = message.sender.is_staff() && message.seen_at.is_some();
        let content = content(message, &extras);
        let mut shown = json!({
            "id": message.id.0,
            "content": content,
            "account_id": ACCOUNT_ID,
            "inbox_id": INBOX_ID,
            "conversation_id": setting.thread.display_id,
            "message_type": extras.kind.number(),
            "created_at": self.front.seconds(message.sent_at),
            "updated_at": self.iso(message.seen_at.unwrap_or(message.sent_at)),
            "private": false,
            "status": if is_read { "read" } else { "sent" },
            "source_id": null,
            "content_type": extras.content_type,
            "content_attributes": attributes(message, &extras),
            "sender_type": sender,
            "sender_id": sender.map(|_| message.sender.id()),
            "external_source_ids": {},
            "additional_attributes": {},
            "processed_message_content": content,
            "sentiment": {},
            "conversation": self.live_summary(setting, message)?,
        });
        if let Some(echo_id) = &extras.echo_id {
            shown["echo_id"] = json!(echo_id);
        }
        self.add_attachments(&mut shown, message, &extras);
        self.add_sender(&mut shown, setting, message, &extras);
        Ok(shown)
    }

    /// A conversation as events carry it.
    pub(super) fn live_conversation(&self, setting: &Setting) -> Result<Value, StoreError> {
        let chat = &self.front.chat;
        let conversation = &setting.conversation;
        let all = chat.messages_in(&conversation.key)?;
        let last = all
            .last()
            .map(|message| self.live_message(setting, message))
            .transpose()?;
        let first_reply = all.iter().find(|message| message.sender.is_staff());
        let last_activity = all
            .last()
            .map_or(conversation.created_at, |message| message.sent_at);
        let waits = all.last().is_none_or(|message| !message.sender.is_staff());
        let session = &setting.session;
        let mut meta = json!({
            "sender": self.contact_as_sender(setting),
            "assignee": conversation.staff().map(staff::person),
            "team": null,
            "hmac_verified": session.hmac_verified,
        });
        if self.switches.generation.is_upstream() {
            meta["assignee_type"] = json!(conversation.staff().map(|_| "User"));
        }
        Ok(json!({
            "additional_attributes": {},
            "can_reply": true,
            "channel": "Channel::Api",
            "contact_inbox": {
                "id": session.id,
                "contact_id": session.contact.0,
                "inbox_id": INBOX_ID,
                "source_id": session.source_id,
                "created_at": self.iso(session.created_at),
                "updated_at": self.iso(session.created_at),
                "hmac_verified": session.hmac_verified,
                "pubsub_token": session.pubsub_token,
            },
            "id": setting.thread.display_id,
            "inbox_id": INBOX_ID,
            "messages": last.into_iter().collect::<Vec<_>>(),
            "labels": [],
            "meta": meta,
            "status": setting.status(),
            "custom_attributes": setting.thread.custom_attributes,
            "snoozed_until": null,
            "unread_count": chat.unread_by_staff(&conversation.key)?,
            "first_reply_created_at": first_reply.map(|message| self.iso(message.sent_at)),
            "priority": null,
            "waiting_since": if waits { self.front.seconds(last_activity) } else { 0 },
            "agent_last_seen_at": self.staff_seen(setting)?,
            "contact_last_seen_at": self.moment(setting.thread.contact_seen_at),
            "last_activity_at": self.front.seconds(last_activity),
            "timestamp": self.front.seconds(last_activity),
            "created_at": self.front.seconds(conversation.created_at),
            "updated_at": self.float(Timestamp::now()),
            "account_id": ACCOUNT_ID,
        }))
    }

    /// A moment as a date of the server's clock.
    pub(super) fn iso(&self, at: Timestamp) -> String {
        let ms = i128::from(at.0) + i128::from(self.switches.clock_skew) * 1000;
        let form = format_description!(
            "[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z"
        );
        OffsetDateTime::from_unix_timestamp_nanos(ms * 1_000_000)
            .ok()
            .and_then(|moment| moment.format(form).ok())
            .unwrap_or_default()
    }

    fn float(&self, at: Timestamp) -> f64 {
        at.0 as f64 / 1000.0 + f64::from(self.switches.clock_skew)
    }

    /// Seconds since 1970; 0 stands for never.
    fn moment(&self, at: Option<Timestamp>) -> i64 {
        at.map_or(0, |at| self.front.seconds(at))
    }

    fn staff_seen(&self, setting: &Setting) -> Result<i64, StoreError> {
        let key = &setting.conversation.key;
        let at = self
            .front
            .chat
            .with_store(|store| store.staff_seen_at(key))?;
        Ok(self.moment(at))
    }

    fn live_summary(&self, setting: &Setting, message: &Message) -> Result<Value, StoreError> {
        let conversation = &setting.conversation;
        let mut summary = json!({"assignee_id": conversation.staff().map(|StaffId(id)| id)});
        if self.switches.generation.is_newer() {
            summary["unread_count"] = json!(self.front.chat.unread_by_staff(&conversation.key)?);
            summary["last_activity_at"] = json!(self.front.seconds(message.sent_at));
            summary["contact_inbox"] = json!({"source_id": setting.session.source_id});
        }
        Ok(summary)
    }

    /// The white label of 2025 puts a link in place of a survey's words.
    fn rest_content(&self, setting: &Setting, message: &Message, extras: &Extras) -> Value {
        let is_survey = extras.content_type == "input_csat" && !message.unsent;
        if is_survey && self.switches.generation == Generation::Oc42 {
            let (base, uuid) = (&self.front.base_url, &setting.conversation.key.0);
            return json!(format!(
                "Tell us how it went: {base}/survey/responses/{uuid}"
            ));
        }
        content(message, extras)
    }

    fn add_attachments(&self, shown: &mut Value, message: &Message, extras: &Extras) {
        if message.unsent || extras.attachments.is_empty() {
            return;
        }
        let list: Vec<Value> = extras
            .attachments
            .iter()
            .zip(1..)
            .map(|(attachment, nth)| {
                let place = files::Place {
                    id: attachment_id(message.id, nth),
                    message: message.id.0,
                    account: ACCOUNT_ID,
                };
                let is_reachable = self.switches.attachment_url != AttachmentUrl::UnreachableHost;
                let base = if is_reachable {
                    &self.front.base_url
                } else {
                    files::NOWHERE
                };
                files::show(attachment, &place, base, self.switches.generation)
            })
            .collect();
        shown["attachments"] = json!(list);
    }

    fn add_sender(&self, shown: &mut Value, setting: &Setting, message: &Message, extras: &Extras) {
        if extras.kind == Kind::Template {
            return;
        }
        shown["sender"] = match message.sender {
            Party::Visitor(_) => self.contact_as_sender(setting),
            Party::Staff(id) => staff::person(id),
        };
    }

    fn contact_as_sender(&self, setting: &Setting) -> Value {
        let contact = &setting.contact;
        let mut sender = json!({
            "additional_attributes": {},
            "custom_attributes": contact.custom_attributes,
            "email": contact.email,
            "id": contact.id.0,
            "identifier": contact.identifier,
            "name": contact.name,
            "phone_number": contact.phone,
            "thumbnail": contact.avatar_url.as_deref().unwrap_or_default(),
            "type": "contact",
        });
        if self.switches.generation.is_newer() {
            sender["blocked"] = json!(contact.blocked);
        } else {
            sender["pubsub_token"] = json!(setting.session.pubsub_token);
        }
        sender
    }
}

/// The attributes of a message that was taken back say only that.
pub(super) fn attributes(message: &Message, extras: &Extras) -> Value {
    if message.unsent {
        json!({"deleted": true})
    } else {
        extras.content_attributes.clone()
    }
}

fn content(message: &Message, extras: &Extras) -> Value {
    if message.unsent {
        json!(DELETED)
    } else if extras.without_content {
        Value::Null
    } else {
        json!(message.content)
    }
}

/// Attachments have numbers of their own; none has two.
fn attachment_id(message: MessageId, nth: i64) -> i64 {
    message.0 * 100 + nth
}
