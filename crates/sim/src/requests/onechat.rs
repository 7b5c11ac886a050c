//! A model of OneChat: REST and `ActionCable`.

use std::collections::BTreeMap;

use concierge_core::backend::Backend;
use concierge_core::backend::onechat::{Contact, OneChat, Settings};
use concierge_core::{ConnId, Request, Response, UploadBody, UploadRequest};
use serde_json::{Value, json};

use super::book::{Book, Entry};
use super::{Server, json as answer, path, value};

const INBOX: &str = "Qm7Tz2RvKc5NwXb9HdLs4fJp";
const SOURCE: &str = "5f0d2c7e-63b1-4c0a-9a86-1f2e3d4c5b6a";
const PUBSUB: &str = "hV3nQ8wZr6KxTf2MbJd9YcLs";
const CONVERSATION: u64 = 2_041;
/// Messages on a page.
const PAGE: usize = 20;

pub(super) fn adapter() -> Box<dyn Backend> {
    Box::new(OneChat::new(Settings {
        api_url: "https://chat.example.net".into(),
        socket_url: None,
        inbox: INBOX.into(),
        new_id: SOURCE.into(),
        contact: Contact::default(),
        context: None,
    }))
}

#[derive(Default)]
pub(super) struct OneChatDesk {
    book: Book,
    has_contact: bool,
    resolved: bool,
    seen_at: i64,
    /// Sockets, and whether they are subscribed.
    sockets: BTreeMap<ConnId, bool>,
    frames: Vec<(ConnId, String)>,
}

impl OneChatDesk {
    fn row(entry: &Entry) -> Value {
        let mut row = json!({
            "id": 70_000 + entry.number,
            "content": if entry.file.is_some() { Value::Null } else { entry.text.as_str().into() },
            "message_type": u8::from(!entry.by_visitor),
            "content_type": "text",
            "content_attributes": {},
            "created_at": entry.at / 1_000,
            "conversation_id": CONVERSATION,
        });
        if let Some((name, size)) = &entry.file {
            row["attachments"] = json!([{
                "id": 9_000 + entry.number, "message_id": 70_000 + entry.number,
                "file_type": "image", "extension": "png", "content_type": "image/png",
                "data_url": format!("https://chat.example.net/rails/active_storage/blobs/{}/{name}", entry.number),
                "thumb_url": "", "file_size": size, "width": null, "height": null,
            }]);
        }
        if entry.gone {
            row["content"] = "This message was deleted".into();
            row["content_attributes"] = json!({"deleted": true});
        }
        row
    }

    fn conversation(&self) -> Value {
        json!({
            "id": CONVERSATION, "uuid": "0c6f6a0e-8b0f-4f4e-9f53-64c1f5a7f001", "inbox_id": 3,
            "contact_last_seen_at": self.seen_at, "agent_last_seen_at": 0,
            "status": if self.resolved { "resolved" } else { "open" },
            "messages": [], "contact": {"id": 77},
        })
    }

    fn contact() -> Value {
        json!({"source_id": SOURCE, "pubsub_token": PUBSUB, "id": 77, "name": "wild-river", "email": null, "phone_number": null})
    }

    fn push(&mut self, event: &str, data: &Value) {
        let identifier = identifier();
        let frame = json!({"identifier": identifier, "message": {"event": event, "data": data}});
        for (conn, subscribed) in &self.sockets {
            if *subscribed {
                self.frames.push((*conn, frame.to_string()));
            }
        }
    }

    fn tell(&mut self, index: usize) {
        let entry = &self.book.entries[index];
        let mut data = Self::row(entry);
        data["inbox_id"] = 3.into();
        data["private"] = false.into();
        if let Some(echo) = &entry.echo {
            data["echo_id"] = echo.as_str().into();
        }
        self.push("message.created", &data);
    }

    fn store(
        &mut self,
        text: &str,
        file: Option<(&str, u64)>,
        echo: Option<String>,
        at: i64,
    ) -> Response {
        let entry = self.book.write(true, text, at);
        entry.file = file.map(|(name, size)| (name.to_owned(), size));
        entry.echo = echo;
        let row = Self::row(entry);
        self.resolved = false;
        self.tell(self.book.entries.len() - 1);
        answer(200, &row)
    }
}

fn identifier() -> String {
    json!({"channel": "RoomChannel", "pubsub_token": PUBSUB}).to_string()
}

impl Server for OneChatDesk {
    fn book(&mut self) -> &mut Book {
        &mut self.book
    }

    fn answer(&mut self, request: &Request, at: i64) -> Response {
        let (path, query) = path(&request.url.0);
        let body = request.body.as_ref().map_or("{}", |body| &body.0);
        let body: Value = serde_json::from_str(body).unwrap_or(Value::Null);
        let inbox = format!("/public/api/v1/inboxes/{INBOX}");
        let Some(rest) = path.strip_prefix(&inbox) else {
            return answer(404, &json!({"status": 404, "error": "Not Found"}));
        };
        let contact = format!("/contacts/{SOURCE}");
        let missing = || answer(404, &json!({"status": 404, "error": "Not Found"}));
        if rest.is_empty() {
            return answer(
                200,
                &json!({"identifier": INBOX, "name": "Desk", "identity_validation_enabled": false}),
            );
        }
        if rest == "/contacts" && request.method == "POST" {
            self.has_contact = true;
            return answer(200, &Self::contact());
        }
        let Some(rest) = rest.strip_prefix(&contact).filter(|_| self.has_contact) else {
            return missing();
        };
        match (request.method, rest) {
            ("GET", "") => return answer(200, &Self::contact()),
            ("GET", "/conversations") => {
                let all = if self.book.begun {
                    vec![self.conversation()]
                } else {
                    Vec::new()
                };
                return answer(200, &json!(all));
            }
            ("POST", "/conversations") => {
                self.book.begun = true;
                return answer(200, &self.conversation());
            }
            _ => {}
        }
        let conversation = format!("/conversations/{CONVERSATION}");
        let Some(rest) = rest.strip_prefix(&conversation).filter(|_| self.book.begun) else {
            return missing();
        };
        match (request.method, rest) {
            ("GET", "") => answer(200, &self.conversation()),
            ("GET", "/messages") => {
                let before = value(&query, "before").and_then(|id| id.parse::<u64>().ok());
                let is_before = |entry: &&Entry| before.is_none_or(|id| 70_000 + entry.number < id);
                let mut rows: Vec<Value> = self
                    .book
                    .entries
                    .iter()
                    .rev()
                    .filter(is_before)
                    .take(PAGE)
                    .map(Self::row)
                    .collect();
                rows.reverse();
                answer(200, &json!(rows))
            }
            ("POST", "/messages") => {
                let text = body["content"].as_str().unwrap_or_default().to_owned();
                let echo = body["echo_id"].as_str().map(str::to_owned);
                self.store(&text, None, echo, at)
            }
            ("POST", "/update_last_seen") => {
                self.seen_at = at / 1_000;
                self.book.seen = self.book.entries.len() as u64;
                answer(200, &Value::Null)
            }
            ("POST", "/toggle_status") => {
                self.resolved = true;
                let answered = self.conversation();
                // Events show it without these.
                let mut data = answered.clone();
                if let Some(fields) = data.as_object_mut() {
                    fields.retain(|name, _| name != "uuid" && name != "contact");
                }
                self.push("conversation.status_changed", &data);
                answer(200, &answered)
            }
            ("POST", "/toggle_typing") => answer(200, &Value::Null),
            _ => missing(),
        }
    }

    fn take(&mut self, request: &UploadRequest, (name, size): (&str, u64), at: i64) -> Response {
        let UploadBody::Form(fields, field) = &request.body else {
            return answer(500, &Value::Null);
        };
        assert_eq!(*field, "attachments[]");
        let echo = fields.iter().find(|(name, _)| *name == "echo_id");
        let echo = echo.map(|(_, value)| value.0.clone());
        self.store("", Some((name, size)), echo, at)
    }

    fn open(&mut self, conn: ConnId) {
        self.sockets.insert(conn, false);
        self.frames
            .push((conn, json!({"type": "welcome"}).to_string()));
    }

    fn hear(&mut self, conn: ConnId, frame: &str) {
        let frame: Value = serde_json::from_str(frame).expect("a frame of JSON");
        if frame["command"] == "subscribe" && frame["identifier"] == identifier().as_str() {
            self.sockets.insert(conn, true);
            let confirm = json!({"identifier": identifier(), "type": "confirm_subscription"});
            self.frames.push((conn, confirm.to_string()));
        }
    }

    fn close(&mut self, conn: ConnId) {
        self.sockets.remove(&conn);
    }

    fn tick(&mut self) {
        for conn in self.sockets.keys() {
            let ping = json!({"type": "ping", "message": 1});
            self.frames.push((*conn, ping.to_string()));
        }
    }

    fn staff_says(&mut self, text: &str, at: i64) {
        self.book.write(false, text, at);
        self.tell(self.book.entries.len() - 1);
    }

    fn take_frames(&mut self) -> Vec<(ConnId, String)> {
        std::mem::take(&mut self.frames)
    }
}
