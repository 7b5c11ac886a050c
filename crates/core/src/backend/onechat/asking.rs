//! What goes out: URLs, bodies and frames (contract 3).

use super::{OneChat, Step, rich};
use crate::backend::Call;
use crate::io::{Request, Secret, Url};
use crate::json::{Json, Writer, object};
use crate::model::{Content, ConversationId, MessageId, RichKind};
use crate::text::{number, push_encoded};

/// Old servers answer unknown routes in HTML without it (contract 2.4).
pub(super) fn accept() -> (&'static str, Secret) {
    ("Accept", Secret(JSON.to_owned()))
}

const JSON: &str = "application/json";

fn get(url: String) -> Request {
    Request {
        method: "GET",
        url: Url(url),
        headers: vec![accept()],
        body: None,
    }
}

fn post(url: String, body: String) -> Request {
    let mut request = get(url);
    request.method = "POST";
    if !body.is_empty() {
        let kind = ("Content-Type", Secret(JSON.to_owned()));
        request.headers.push(kind);
        request.body = Some(Secret(body));
    }
    request
}

fn patch(url: String, body: String) -> Request {
    let mut request = post(url, body);
    request.method = "PATCH";
    request
}

/// Writes a value that the site gave as JSON, if it is an object. It is passed on
/// to the letter: reading it would cost it its fractions.
fn pass_on(key: &str, value: Option<&str>, out: &mut Writer) {
    let is_object = |text: &&str| matches!(Json::parse(text), Some(Json::Object(_)));
    if let Some(value) = value.filter(is_object) {
        out.key(key);
        out.raw(value);
    }
}

impl OneChat {
    fn base(&self) -> &str {
        let base = &self.settings.api_url;
        base.strip_suffix('/').unwrap_or(base)
    }

    /// Where events come from (contract 2.1).
    pub(super) fn cable_url(&self) -> Option<String> {
        match &self.settings.socket_url {
            Some(url) => Some(url.clone()),
            None => Some(["ws", self.base().strip_prefix("http")?, "/cable"].concat()),
        }
    }

    fn inbox_url(&self) -> String {
        let mut url = [self.base(), "/public/api/v1/inboxes/"].concat();
        push_encoded(&mut url, &self.settings.inbox);
        url
    }

    fn contact_url(&self, tail: &str) -> String {
        let mut url = self.inbox_url();
        url.push_str("/contacts/");
        push_encoded(&mut url, self.source.as_deref().unwrap_or_default());
        url.push_str(tail);
        url
    }

    pub(super) fn conversation_url(&self, id: &ConversationId, tail: &str) -> String {
        let mut url = self.contact_url("/conversations/");
        push_encoded(&mut url, &id.0);
        url.push_str(tail);
        url
    }

    fn messages_url(&self, id: &ConversationId, mark: &str, message: &MessageId) -> String {
        let mut url = self.conversation_url(id, "/messages");
        url.push_str(mark);
        push_encoded(&mut url, message.name());
        url
    }

    /// The request of a step of this call.
    pub(super) fn request_of(&self, call: &Call, step: Step) -> Request {
        match step {
            Step::Inbox => get(self.inbox_url()),
            Step::Create => {
                let mut url = self.inbox_url();
                url.push_str("/contacts");
                post(url, self.contact_body())
            }
            Step::Contact => {
                let mut url = self.contact_url("");
                let contact = &self.settings.contact;
                if let (Some(who), Some(hash)) = (&contact.identifier, &contact.identifier_hash) {
                    url.push_str("?identifier=");
                    push_encoded(&mut url, who);
                    url.push_str("&identifier_hash=");
                    push_encoded(&mut url, hash);
                }
                get(url)
            }
            Step::List => get(self.contact_url("/conversations")),
            Step::Begin => {
                let context = self.settings.context.as_deref();
                let body = object(|out| pass_on("custom_attributes", context, out));
                post(self.contact_url("/conversations"), body)
            }
            Step::View | Step::Messages => self.request_to_conversation(call),
        }
    }

    fn request_to_conversation(&self, call: &Call) -> Request {
        match call {
            Call::History(id, page) => get(match &page.below {
                Some(below) => self.messages_url(id, "?before=", &below.id),
                None => self.conversation_url(id, "/messages"),
            }),
            Call::Send(id, uid, Content::Text(text)) => {
                let body = object(|out| {
                    out.pair("content", Some(text));
                    out.pair("echo_id", Some(&uid.0));
                });
                post(self.conversation_url(id, "/messages"), body)
            }
            Call::Seen(id, _) => post(
                self.conversation_url(id, "/update_last_seen"),
                String::new(),
            ),
            Call::End(id) => post(self.conversation_url(id, "/toggle_status"), String::new()),
            Call::Typing(id, is_on) => {
                let status = if *is_on { "on" } else { "off" };
                let body = object(|out| out.pair("typing_status", Some(status)));
                post(self.conversation_url(id, "/toggle_typing"), body)
            }
            Call::Answer(id, message, answer) => {
                if let Some(email) = rich::email(answer) {
                    return patch(self.contact_url(""), self.email_body(&email));
                }
                let body = object(|out| {
                    out.key("submitted_values");
                    self.submit(message, &rich::values(answer), out);
                });
                patch(self.messages_url(id, "/", message), body)
            }
            Call::Look
            | Call::Begin
            | Call::BeginWith(..)
            | Call::Rooms
            | Call::Unread
            | Call::Send(..) => get(self.inbox_url()),
            Call::Check(id) | Call::Resume(id) | Call::Ping(id) | Call::Delete(id, _) => {
                get(self.conversation_url(id, ""))
            }
        }
    }

    /// The contact to be made (contract 3.2).
    fn contact_body(&self) -> String {
        let contact = &self.settings.contact;
        object(|out| {
            out.pair("source_id", self.source.as_deref());
            self.prove(out);
            out.pair("name", contact.name.as_deref());
            out.pair("email", contact.email.as_deref());
            out.pair("phone_number", contact.phone_number.as_deref());
            out.pair("avatar_url", contact.avatar_url.as_deref());
            let attributes = contact.custom_attributes.as_deref();
            pass_on("custom_attributes", attributes, out);
        })
    }

    /// A new address for the contact.
    fn email_body(&self, email: &str) -> String {
        object(|out| {
            out.pair("email", Some(email));
            self.prove(out);
        })
    }

    /// Who the visitor is, and the site's proof of it.
    fn prove(&self, out: &mut Writer) {
        let contact = &self.settings.contact;
        out.pair("identifier", contact.identifier.as_deref());
        out.pair("identifier_hash", contact.identifier_hash.as_deref());
    }

    /// An answer in the form that its question wants (contract 3.4).
    fn submit(&self, message: &MessageId, values: &[(String, String)], out: &mut Writer) {
        let value_of = |key: &str| {
            let pair = values.iter().find(|(name, _)| name == key);
            pair.map(|(_, value)| value.as_str())
        };
        let rating = value_of("rating").and_then(number);
        let name = match (self.kind_of(message), rating) {
            (Some(RichKind::Rating), rating) | (None, rating @ Some(_)) => {
                let comment = value_of("comment").filter(|text| !text.is_empty());
                out.object(|out| {
                    out.key("csat_survey_response");
                    out.object(|out| {
                        // The server looks at it later, and drops what is not
                        // between (contract 6, 23).
                        out.pair_number("rating", rating.map(|rating| rating.clamp(1, 5)));
                        out.pair("feedback_message", comment);
                    });
                });
                return;
            }
            (Some(RichKind::Choices), _) => "title",
            _ => "name",
        };
        out.list(|out| {
            for (key, value) in values {
                out.object(|out| {
                    out.pair(name, Some(key));
                    out.pair("value", Some(value));
                });
            }
        });
    }

    /// What identifies our subscription, byte for byte the same each time
    /// (contract 3.7), as part of a frame.
    pub(super) fn command(&self, name: &str, data: Option<&str>) -> Option<String> {
        let token = self.token.as_deref()?;
        let channel = object(|out| {
            out.pair("channel", Some("RoomChannel"));
            out.pair("pubsub_token", Some(token));
        });
        Some(object(|out| {
            out.pair("command", Some(name));
            out.pair("identifier", Some(&channel));
            out.pair("data", data);
        }))
    }
}
