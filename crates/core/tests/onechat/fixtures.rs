//! An adapter at work, and what its server says.

use concierge_core::backend::onechat::{Contact, OneChat, Settings};
use concierge_core::backend::{
    Answer, Backend, Below, Call, ConversationInfo, Incoming, Message, Outcome, Outgoing, Page,
    PageSize, Refusal, RefusalKind, Reply,
};
use concierge_core::{
    Content, ConversationId, MessageId, Request, Response, Rich, Secret, Timestamp, Uid,
};
use serde_json::{Value, json};

pub(crate) const BASE: &str = "https://help.example.org/public/api/v1/inboxes/inbox24";
pub(crate) const NEW: &str = "11111111-2222-4333-8444-555555555555";
pub(crate) const TOKEN: &str = "stream-key";

pub(crate) fn contact() -> String {
    format!("{BASE}/contacts/{NEW}")
}

pub(crate) fn settings() -> Settings {
    Settings {
        api_url: "https://help.example.org/".into(),
        socket_url: None,
        inbox: "inbox24".into(),
        new_id: NEW.into(),
        contact: Contact::default(),
        context: None,
    }
}

/// A visitor whose identity the site proves.
pub(crate) fn proven() -> Settings {
    Settings {
        contact: Contact {
            identifier: Some("member/7 ü".into()),
            identifier_hash: Some("beef01".into()),
            ..Contact::default()
        },
        ..settings()
    }
}

pub(crate) const PAIR: &str = "?identifier=member%2F7%20%C3%BC&identifier_hash=beef01";

/// An adapter and the secret that it does not need.
pub(crate) struct Chat(pub(crate) OneChat);

pub(crate) fn chat() -> Chat {
    Chat(OneChat::new(settings()))
}

pub(crate) fn none() -> Secret {
    Secret(String::new())
}

pub(crate) fn room() -> ConversationId {
    ConversationId("52".into())
}

pub(crate) fn id(number: i64) -> MessageId {
    MessageId(number.to_string())
}

/// `GET`, the URL and the body of a request.
pub(crate) fn said(request: &Request) -> (String, Value) {
    let line = format!("{} {}", request.method, request.url.0);
    let accept = ("Accept", Secret("application/json".into()));
    assert_eq!(request.headers[0], accept);
    let body = request.body.as_ref();
    let body = body.map_or(Value::Null, |body| serde_json::from_str(&body.0).unwrap());
    let content_type = request
        .headers
        .iter()
        .any(|(name, _)| *name == "Content-Type");
    assert_eq!(content_type, !body.is_null());
    (line, body)
}

impl Chat {
    /// The request that a call begins with.
    pub(crate) fn ask(&mut self, call: &Call) -> (String, Value) {
        match self.0.encode(call, &none()) {
            Outgoing::Request(request) => said(&request),
            other => panic!("{other:?}"),
        }
    }

    /// What is known without asking.
    pub(crate) fn known(&mut self, call: &Call) -> Outcome {
        match self.0.encode(call, &none()) {
            Outgoing::Known(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn answer(&mut self, call: &Call, status: u16, body: &Value) -> Answer {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.0.answer(call, &Response { status, body }, &none())
    }

    /// The next request of a call.
    pub(crate) fn next(&mut self, call: &Call, status: u16, body: &Value) -> (String, Value) {
        match self.answer(call, status, body) {
            Answer::Next(request) => said(&request),
            other => panic!("{other:?}"),
        }
    }

    /// How a call ends.
    pub(crate) fn end(&mut self, call: &Call, status: u16, body: &Value) -> Outcome {
        match self.answer(call, status, body) {
            Answer::Done(outcome) => outcome,
            other => panic!("{other:?}"),
        }
    }

    /// A call that is one request.
    pub(crate) fn run(&mut self, call: &Call, status: u16, body: &Value) -> Outcome {
        self.ask(call);
        self.end(call, status, body)
    }

    pub(crate) fn hear(&mut self, frame: &Value) -> Vec<Incoming> {
        self.0.decode(&frame.to_string())
    }

    /// What an event is decoded to.
    pub(crate) fn event(&mut self, name: &str, data: &Value) -> Vec<Incoming> {
        self.hear(&json!({"identifier": "x", "message": {"event": name, "data": data}}))
    }

    /// Finds out what the server is.
    pub(crate) fn look(&mut self, status: u16) {
        let outcome = self.run(&Call::Look, status, &inbox());
        assert_eq!(info(outcome).id, None);
    }

    /// Begins conversation 52.
    pub(crate) fn begin(&mut self) {
        self.ask(&Call::Begin);
        self.next(&Call::Begin, 200, &contact_row());
        let outcome = self.end(&Call::Begin, 200, &conversation("open"));
        assert_eq!(info(outcome).id, Some(room()));
    }

    /// Begins conversation 52 as somebody whose identity is proven.
    pub(crate) fn begin_proven(&mut self) {
        self.ask(&Call::Begin);
        self.next(&Call::Begin, 200, &contact_row());
        self.next(&Call::Begin, 200, &contact_row());
        info(self.end(&Call::Begin, 200, &conversation("open")));
    }

    /// The messages of a history page.
    pub(crate) fn read(&mut self, rows: &Value) -> Vec<Message> {
        match self.run(&history(), 200, rows) {
            Ok(Reply::Messages(messages)) => messages,
            other => panic!("{other:?}"),
        }
    }

    /// The one message of a history page.
    pub(crate) fn read_one(&mut self, row: &Value) -> Message {
        let mut messages = self.read(&json!([row]));
        assert_eq!(messages.len(), 1);
        messages.remove(0)
    }
}

/// A chat in conversation 52, with a server of today.
pub(crate) fn chatting() -> Chat {
    let mut chat = chat();
    chat.look(200);
    chat.begin();
    chat
}

/// A chat in conversation 52, with a server of 2022.
pub(crate) fn chatting_of_old() -> Chat {
    let mut chat = chat();
    chat.look(404);
    chat.begin();
    chat
}

pub(crate) fn page(below: Option<i64>) -> Page {
    Page {
        number: if below.is_some() { 2 } else { 1 },
        size: PageSize::Usual,
        below: below.map(|below| Below {
            id: id(below),
            at: Timestamp(0),
            count: 20,
        }),
    }
}

pub(crate) fn history() -> Call {
    Call::History(room(), page(None))
}

pub(crate) fn send(text: &str) -> Call {
    Call::Send(room(), Uid("uid-1".into()), Content::Text(text.into()))
}

pub(crate) fn info(outcome: Outcome) -> ConversationInfo {
    match outcome {
        Ok(Reply::Conversation(info)) => info,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn refused(kind: RefusalKind) -> Outcome {
    Err(Refusal { kind, text: None })
}

pub(crate) fn inbox() -> Value {
    json!({"identifier": "inbox24", "name": "Front desk", "identity_validation_enabled": false,
        "timezone": "Europe/Berlin", "working_hours": [], "working_hours_enabled": false})
}

pub(crate) fn contact_row() -> Value {
    json!({"source_id": NEW, "pubsub_token": TOKEN, "id": 9, "name": "calm-river-12",
        "email": null, "phone_number": null})
}

pub(crate) fn conversation(status: &str) -> Value {
    json!({"id": 52, "uuid": "u", "inbox_id": 3, "contact_last_seen_at": 1_700_000_100,
        "agent_last_seen_at": 1_700_000_200, "status": status, "messages": [],
        "contact": {"id": 9, "blocked": false}})
}

/// A text of the other side.
pub(crate) fn theirs(number: i64, text: &str) -> Value {
    json!({"id": number, "content": text, "message_type": 1, "content_type": "text",
        "content_attributes": {}, "created_at": 1_700_000_000 + number, "conversation_id": 52,
        "sender": {"id": 4, "name": "Kim B.", "available_name": "Kim", "type": "user"}})
}

/// A text of the visitor.
pub(crate) fn mine(number: i64, text: &str) -> Value {
    json!({"id": number, "content": text, "message_type": 0, "content_type": "text",
        "content_attributes": {}, "created_at": 1_700_000_000 + number, "conversation_id": 52,
        "sender": {"id": 9, "type": "contact"}})
}

/// A message of the other side with more to it.
/// What a message asks or shows.
pub(crate) fn parts(rich: &Rich) -> Value {
    serde_json::from_str(&rich.parts).unwrap()
}

pub(crate) fn rich(kind: &str, attributes: &Value) -> Value {
    let mut row = theirs(300, "Please **choose**");
    row["content_type"] = json!(kind);
    row["content_attributes"] = attributes.clone();
    row
}

pub(crate) fn with(mut row: Value, key: &str, value: Value) -> Value {
    row[key] = value;
    row
}
