//! A Concierge server as a value: what the contract says of it, and the faults
//! that a test asks for. Its wire is written here anew, so that the adapter and
//! its test cannot be wrong together.

use std::collections::BTreeMap;

use concierge_core::ConnId;
use serde_json::{Value, json};

const SEEN: &str = "client/update-message-seen-at";
const DELETE: &str = "client/delete-message";

/// The visitor that all tests play.
pub const VISITOR: &str = "1001";

/// What the server does with the next call of a route instead of its duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Does nothing and says nothing.
    Deaf,
    /// Does it and says nothing.
    Mute,
    /// Refuses with this status.
    Status(u16),
    /// Does nothing; the gateway says "Internal server error".
    Gateway,
    /// Does it; the gateway says "Internal server error".
    GatewayAfter,
    /// Does nothing and closes the connection with this code.
    Close(u16),
    /// Does it and closes the connection with 1006.
    CloseAfter,
    /// Answers 200 without a body.
    Hollow,
}

/// A message on the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Counts up.
    pub id: u64,
    /// The chat it belongs to.
    pub session: String,
    /// By the visitor, else by the staff.
    pub by_visitor: bool,
    /// What it says.
    pub text: String,
    /// The `messageUid` it came with, if that was kept.
    pub uid: Option<String>,
    /// When it came, in milliseconds since 1970.
    pub at: i64,
    /// The other side has seen it.
    pub seen: bool,
    /// It was taken back.
    pub gone: bool,
}

/// What the server wants the network to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Out {
    /// Carry this text there.
    Frame(ConnId, String),
    /// Close this connection with this code.
    Close(ConnId, u16),
}

#[derive(Clone, Debug)]
struct ChatSession {
    id: String,
    closed: bool,
    joined: bool,
}

/// The server.
pub struct Desk {
    sessions: Vec<ChatSession>,
    /// All messages, oldest first.
    pub messages: Vec<Stored>,
    /// Whom events are sent to.
    pub connections: Vec<ConnId>,
    faults: BTreeMap<String, Vec<Fault>>,
    /// Own messages come back as events too.
    pub echoes: bool,
    /// The metadata of a message is not kept.
    pub drops_metadata: bool,
    /// The id of the visitor whose token is used.
    pub visitor: &'static str,
    /// Pings that were answered.
    pub pings: usize,
    next_id: u64,
    /// The messages of all seen calls that arrived.
    pub seen_calls: Vec<u64>,
    /// The messages of all delete calls that arrived.
    pub delete_calls: Vec<u64>,
    /// Routes of all calls that arrived.
    pub calls: Vec<String>,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            sessions: Vec::new(),
            messages: Vec::new(),
            connections: Vec::new(),
            faults: BTreeMap::new(),
            echoes: false,
            drops_metadata: false,
            visitor: VISITOR,
            pings: 0,
            next_id: 600,
            seen_calls: Vec::new(),
            delete_calls: Vec::new(),
            calls: Vec::new(),
        }
    }
}

impl Desk {
    /// The next call of this route goes wrong in this way. Faults queue up.
    pub fn fail(&mut self, route: &str, fault: Fault) {
        self.faults.entry(route.into()).or_default().push(fault);
    }

    /// No more faults.
    pub fn heal(&mut self) {
        self.faults.clear();
    }

    /// The texts that the server has, in its order.
    pub fn texts(&self) -> Vec<&str> {
        self.messages
            .iter()
            .map(|message| message.text.as_str())
            .collect()
    }

    /// The newest chat that is not closed.
    pub fn open_session(&self) -> Option<&str> {
        self.sessions
            .iter()
            .rev()
            .find(|it| !it.closed)
            .map(|it| it.id.as_str())
    }

    /// Chats that were ever begun.
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// How many calls of a route arrived.
    pub fn count(&self, route: &str) -> usize {
        self.calls
            .iter()
            .filter(|call| call.as_str() == route)
            .count()
    }

    /// Somebody of the staff joins the open chat.
    pub fn join(&mut self) -> Vec<Out> {
        let Some(session) = self.sessions.iter_mut().rev().find(|it| !it.closed) else {
            return Vec::new();
        };
        session.joined = true;
        let session = session.clone();
        self.to_all(&session_event(&session))
    }

    /// The staff closes the open chat.
    pub fn close_session(&mut self) -> Vec<Out> {
        let Some(session) = self.sessions.iter_mut().rev().find(|it| !it.closed) else {
            return Vec::new();
        };
        session.closed = true;
        let session = session.clone();
        self.to_all(&session_event(&session))
    }

    /// The staff writes; nothing if no session is open.
    pub fn staff_says(&mut self, text: &str, at: i64) -> Vec<Out> {
        let Some(session) = self.open_session().map(str::to_owned) else {
            return Vec::new();
        };
        let index = self.store(&session, false, text, None, at);
        self.to_all(&self.message_event(index))
    }

    /// The staff takes the newest message with this text back.
    pub fn staff_deletes(&mut self, text: &str) -> Vec<Out> {
        let message = self
            .messages
            .iter_mut()
            .rev()
            .find(|it| it.text == text)
            .expect("the message");
        message.gone = true;
        let event = json!({"channel": "chat-message-delete", "payload": {"messageId": message.id}});
        self.to_all(&event)
    }

    /// The staff has seen the visitor's messages.
    pub fn staff_sees(&mut self) -> Vec<Out> {
        let mut out = Vec::new();
        for index in 0..self.messages.len() {
            let message = &mut self.messages[index];
            if message.by_visitor && !message.seen {
                message.seen = true;
                let event = self.message_event(index);
                out.extend(self.to_all(&event));
            }
        }
        out
    }

    /// A frame arrives.
    pub fn hear(&mut self, conn: ConnId, frame: &str, at: i64) -> Vec<Out> {
        let frame: Value = serde_json::from_str(frame).expect("the session sends JSON");
        assert_eq!(frame["action"], "api");
        let channel = frame["data"]["route"].as_str().expect("a route").to_owned();
        let body = &frame["data"]["body"];
        let route = channel.split('?').next().expect("a path").to_owned();
        self.calls.push(route.clone());
        let fault = self
            .faults
            .get_mut(&route)
            .and_then(|faults| (!faults.is_empty()).then(|| faults.remove(0)));
        let gateway = json!({
            "message": "Internal server error", "connectionId": "aB3=", "requestId": "cD4=",
        });
        match fault {
            Some(Fault::Deaf) => Vec::new(),
            Some(Fault::Mute) => self.serve(conn, &channel, body, at).split_off(1),
            Some(Fault::Status(status)) => {
                let answer =
                    json!({"channel": channel, "status": status, "message": "Not now, please"});
                vec![Out::Frame(conn, answer.to_string())]
            }
            Some(Fault::Gateway) => vec![Out::Frame(conn, gateway.to_string())],
            Some(Fault::GatewayAfter) => {
                let mut out = self.serve(conn, &channel, body, at);
                out[0] = Out::Frame(conn, gateway.to_string());
                out
            }
            Some(Fault::Close(code)) => vec![Out::Close(conn, code)],
            Some(Fault::CloseAfter) => {
                self.serve(conn, &channel, body, at);
                vec![Out::Close(conn, 1006)]
            }
            Some(Fault::Hollow) => {
                vec![Out::Frame(
                    conn,
                    json!({"channel": channel, "status": 200}).to_string(),
                )]
            }
            None => self.serve(conn, &channel, body, at),
        }
    }

    /// Does a call. The answer is the first frame.
    fn serve(&mut self, conn: ConnId, channel: &str, body: &Value, at: i64) -> Vec<Out> {
        let (path, query) = channel.split_once('?').unwrap_or((channel, ""));
        let id = body["chatSessionId"].as_str().unwrap_or_default();
        let session = self.sessions.iter().find(|it| it.id == id).cloned();
        let mut events = Vec::new();
        let body = match path {
            "client/init-chat-with-concierge" if body["newSession"] == json!(true) => {
                let id = format!("session-{}", self.sessions.len() + 1);
                let session = ChatSession {
                    id,
                    closed: false,
                    joined: false,
                };
                self.sessions.push(session.clone());
                Some(self.four_keys(&session))
            }
            "client/init-chat-with-concierge" | "client/get-chat-session" => {
                session.map(|session| self.four_keys(&session))
            }
            "client/ping-on-chat-session" => {
                self.pings += 1;
                session.map(|session| self.four_keys(&session))
            }
            "client/get-chat-messages" => Some(self.page(query)),
            "client/send-message" => match session.filter(|session| !session.closed) {
                None => None,
                Some(session) => {
                    let uid = body["metadata"]["messageUid"].as_str().map(str::to_owned);
                    let uid = uid.filter(|_| !self.drops_metadata);
                    let text = body["messageContent"].as_str().expect("a text");
                    let index = self.store(&session.id, true, text, uid, at);
                    if self.echoes {
                        events = self.to_all(&self.message_event(index));
                    }
                    let message = self.answer_message(index);
                    Some(json!({"chatSessionId": session.id, "chatMessage": message}))
                }
            },
            SEEN => {
                let id = number_of(&body["messageId"]);
                self.seen_calls.push(id);
                let found = self.messages.iter_mut().find(|it| it.id == id && !it.gone);
                found.filter(|it| !it.by_visitor).map(|message| {
                    message.seen = true;
                    json!({"chatSessionId": "foreign", "chatMessage": {"id": "1"}})
                })
            }
            DELETE => {
                let id = number_of(&body["messageId"]);
                self.delete_calls.push(id);
                let found = self.messages.iter_mut().find(|it| it.id == id && !it.gone);
                found.filter(|it| it.by_visitor).map(|message| {
                    message.gone = true;
                    json!({"messageId": id})
                })
            }
            "client/get-unread-msg-count" => {
                let count = self
                    .messages
                    .iter()
                    .filter(|it| !it.by_visitor && !it.seen && !it.gone);
                Some(json!({"unreadMsgCount": count.count().to_string()}))
            }
            "client/end-chat-with-concierge" => session.map(|session| {
                events = self.close_session();
                let closed = ChatSession {
                    closed: true,
                    ..session
                };
                json!({"chatSessionId": closed.id, "chatSession": session_object(&closed)})
            }),
            other => panic!("no such route: {other}"),
        };
        let answer = match body {
            Some(body) => json!({"channel": channel, "status": 200, "body": body}),
            None if matches!(path, SEEN | DELETE) => {
                json!({"channel": channel, "status": 404, "message": "No such message"})
            }
            None => json!({"channel": channel, "status": 400, "message": "Session is closed"}),
        };
        let mut out = vec![Out::Frame(conn, answer.to_string())];
        out.extend(events);
        out
    }

    fn store(
        &mut self,
        session: &str,
        by_visitor: bool,
        text: &str,
        uid: Option<String>,
        at: i64,
    ) -> usize {
        self.next_id += 1;
        self.messages.push(Stored {
            id: self.next_id,
            session: session.into(),
            by_visitor,
            text: text.into(),
            uid,
            at,
            seen: false,
            gone: false,
        });
        self.messages.len() - 1
    }

    fn to_all(&self, event: &Value) -> Vec<Out> {
        self.connections
            .iter()
            .map(|conn| Out::Frame(*conn, event.to_string()))
            .collect()
    }

    fn page(&self, query: &str) -> Value {
        let number = |key: &str| {
            let pair = query.split('&').find_map(|pair| pair.strip_prefix(key));
            pair.and_then(|it| it.parse::<usize>().ok())
                .expect("a number")
        };
        let (page, limit) = (number("page="), number("limit="));
        let rows: Vec<usize> = (0..self.messages.len())
            .filter(|index| !self.messages[*index].gone)
            .collect();
        let end = rows.len().saturating_sub((page - 1) * limit);
        let start = end.saturating_sub(limit);
        let messages: Vec<Value> = rows[start..end]
            .iter()
            .map(|index| self.answer_message(*index))
            .collect();
        json!({"messages": messages, "paginate": {"per_page": 20, "offset": 0, "page": page}})
    }

    /// Answers carry strings.
    fn answer_message(&self, index: usize) -> Value {
        let it = &self.messages[index];
        json!({
            "id": it.id.to_string(), "orgId": "208", "chatSessionId": it.session,
            "senderEntityType": if it.by_visitor { "TENANT" } else { "BACKEND_USER" },
            "senderEntityId": if it.by_visitor { self.visitor } else { "40915" },
            "messageContent": it.text, "sentAt": it.at.to_string(),
            "deliveredAt": it.at.to_string(), "status": if it.seen { 4 } else { 3 },
            "seenAt": it.seen.then(|| it.at.to_string()), "contentType": "TEXT",
            "metadata": it.uid.as_ref().map(|uid| json!({"messageUid": uid})),
        })
    }

    /// Events carry numbers.
    fn message_event(&self, index: usize) -> Value {
        let it = &self.messages[index];
        let mut message = self.answer_message(index);
        message["id"] = json!(it.id);
        message["sentAt"] = json!(it.at);
        message["deliveredAt"] = json!(it.at);
        message["seenAt"] = json!(it.seen.then_some(it.at));
        json!({
            "channel": format!("chat-message-{}", it.session),
            "payload": {"chatSessionId": it.session, "chatMessage": message},
        })
    }

    fn four_keys(&self, session: &ChatSession) -> Value {
        json!({
            "chatSessionId": session.id,
            "chatSession": session_object(session),
            "connection": {
                "id": "3307", "connectionId": "hQ7=", "deviceId": "web-1",
                "expiredAt": "1795165200000", "createdAt": "1795161600000",
                "updatedAt": "1795161600000",
            },
            "tenant": {"id": self.visitor, "email": "visitor@example.com"},
        })
    }
}

/// A message's id in a body: a number, or its digits.
fn number_of(id: &Value) -> u64 {
    let digits = id.as_str().and_then(|id| id.parse().ok());
    id.as_u64().or(digits).expect("an id")
}

fn session_object(session: &ChatSession) -> Value {
    json!({
        "id": "512", "chatSessionId": session.id, "chatInitiatedByEntityType": "TENANT",
        "chatJoinedByEntityType": session.joined.then_some("BACKEND_USER"),
        "isSessionClosed": session.closed,
    })
}

fn session_event(session: &ChatSession) -> Value {
    json!({
        "channel": format!("chat-session-update-{}", session.id),
        "payload": {"chatSession": session_object(session)},
    })
}
