//! A chat, told at the level of a session.

use std::collections::VecDeque;

use concierge_core::backend::onechat::OneChat;
use concierge_core::{
    Action, Close, ConnId, Content, Conversation, Effect, Input, Instant, Mirror, Now, Request,
    Response, Row, RowState, Session, Setup, Stored, Timestamp, UploadRules,
};
use serde_json::{Value, json};

use crate::fixtures::*;

/// A page with a session, and a server with one contact and one conversation.
struct Site {
    session: Session,
    mirror: Mirror,
    at: u64,
    /// What the server was asked.
    asked: Vec<String>,
    socket: Option<ConnId>,
    /// What the socket was told.
    told: Vec<String>,
    rows: Vec<Value>,
    status: &'static str,
}

impl Site {
    fn new() -> Self {
        let mut site = Self {
            session: Session::new(Setup {
                backend: Box::new(OneChat::new(settings())),
                seed: 3,
                stored: Stored::default(),
                rules: UploadRules::default(),
            }),
            mirror: Mirror::default(),
            at: 0,
            asked: Vec::new(),
            socket: None,
            told: Vec::new(),
            rows: Vec::new(),
            status: "open",
        };
        site.put(Input::Start);
        site
    }

    fn put(&mut self, input: Input) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let now = Now {
                at: Instant(self.at),
                wall: Timestamp(1_700_001_000_000 + i64::try_from(self.at).unwrap()),
            };
            for effect in self.session.handle(now, input) {
                match effect {
                    Effect::Request(id, request) => {
                        let response = self.serve(&request);
                        inputs.push_back(Input::Answered(id, Ok(response)));
                    }
                    Effect::Connect(conn, _) => {
                        self.socket = Some(conn);
                        inputs.push_back(Input::Opened(conn));
                    }
                    Effect::Transmit(conn, frame) => {
                        if frame.contains("\"subscribe\"") {
                            let confirm = r#"{"type":"confirm_subscription","identifier":"x"}"#;
                            inputs.push_back(Input::Received(conn, confirm.into()));
                        }
                        self.told.push(frame);
                    }
                    Effect::Close(conn) if self.socket == Some(conn) => self.socket = None,
                    Effect::Changed(change) => self.mirror.apply(&change),
                    _ => {}
                }
            }
        }
    }

    fn user(&mut self, action: Action) {
        self.put(Input::User(action));
    }

    fn serve(&mut self, request: &Request) -> Response {
        let (line, body) = said(request);
        let path = line.replace(BASE, "").replace(NEW, "me");
        let answer = match path.as_str() {
            "GET " => inbox(),
            "POST /contacts" | "GET /contacts/me" => contact_row(),
            "POST /contacts/me/conversations" | "GET /contacts/me/conversations/52" => {
                conversation(self.status)
            }
            "GET /contacts/me/conversations" => json!([conversation(self.status)]),
            "GET /contacts/me/conversations/52/messages" => json!(self.rows),
            "POST /contacts/me/conversations/52/messages" => {
                let number = 600 + i64::try_from(self.rows.len()).unwrap();
                let row = mine(number, body["content"].as_str().unwrap());
                self.rows.push(row.clone());
                self.status = "open";
                row
            }
            "POST /contacts/me/conversations/52/toggle_status" => {
                self.status = "resolved";
                conversation(self.status)
            }
            _ => Value::Null,
        };
        self.asked.push(path);
        Response {
            status: 200,
            body: answer.to_string(),
        }
    }

    fn push(&mut self, name: &str, data: &Value) {
        let frame = json!({"identifier": "x", "message": {"event": name, "data": data}});
        let conn = self.socket.unwrap();
        self.put(Input::Received(conn, frame.to_string()));
    }

    /// Lets time pass.
    fn run(&mut self, ms: u64) {
        let end = self.at + ms;
        while let Some(Instant(at)) = self.session.deadline().filter(|at| at.0 <= end) {
            self.at = self.at.max(at);
            self.put(Input::Wake);
        }
        self.at = end;
    }

    fn texts(&self) -> Vec<&str> {
        let rows = self.mirror.rows.iter();
        rows.map(|row: &Row| row.content.preview()).collect()
    }
}

#[test]
fn a_visitor_opens_the_chat_writes_and_is_answered() {
    let mut site = Site::new();
    assert!(site.asked.is_empty());
    site.user(Action::OpenPanel);
    assert_eq!(site.asked, ["GET "]);
    assert_eq!(site.mirror.conversation, Conversation::None);
    assert_eq!(site.socket, None);

    site.user(Action::Send("Hello".into()));
    assert_eq!(site.mirror.conversation, Conversation::Open(room()));
    assert_eq!(site.texts(), ["Hello"]);
    assert_eq!(site.mirror.rows[0].state, RowState::Sent);
    assert_eq!(site.rows.len(), 1);
    assert_eq!(
        site.told.len(),
        2,
        "it subscribes and shows that it is there"
    );
    assert_eq!(
        site.asked[1..3],
        ["POST /contacts", "POST /contacts/me/conversations"]
    );

    let answer = with(theirs(700, "Hi **there**"), "inbox_id", json!(3));
    site.rows.push(answer.clone());
    site.push("message.created", &answer);
    site.push("message.updated", &answer);
    assert_eq!(site.texts(), ["Hello", "Hi **there**"]);
    assert!(matches!(site.mirror.rows[1].content, Content::Rich(_)));

    // The visitor sees it, and the server hears of it once.
    let key = site.mirror.rows[1].key;
    site.user(Action::Saw(key));
    site.run(1_000);
    let seen = "POST /contacts/me/conversations/52/update_last_seen";
    assert_eq!(site.asked.iter().filter(|it| *it == seen).count(), 1);
    assert_eq!(site.mirror.rows[1].state, RowState::Seen);
}

#[test]
fn a_question_is_answered_and_shows_it() {
    let mut site = Site::new();
    site.user(Action::OpenPanel);
    site.user(Action::Send("Hello".into()));
    let items = json!({"items": [{"title": "Red", "value": "r"}]});
    let question = with(rich("input_select", &items), "id", json!(700));
    let question = with(question, "created_at", json!(1_700_000_700));
    site.push("message.created", &question);
    let key = site.mirror.rows[1].key;
    let mut answered = question;
    answered["content_attributes"]["submitted_values"] = json!([{"title": "Red", "value": "r"}]);
    site.rows.push(answered);
    site.user(Action::Answer(key, vec![("Red".into(), "r".into())]));
    let patch = "PATCH /contacts/me/conversations/52/messages/700";
    assert!(site.asked.iter().any(|it| it == patch));
    let Content::Rich(rich) = &site.mirror.rows[1].content else {
        panic!("no question");
    };
    assert_eq!(rich.answer, [("Red".to_owned(), "r".to_owned())]);
}

#[test]
fn a_conversation_that_has_ended_is_opened_again_by_a_message() {
    let mut site = Site::new();
    site.user(Action::OpenPanel);
    site.user(Action::Send("Hello".into()));
    site.user(Action::EndConversation);
    assert_eq!(site.mirror.conversation, Conversation::Ended(room()));
    site.push("conversation.status_changed", &conversation("resolved"));
    assert_eq!(site.mirror.conversation, Conversation::Ended(room()));
    site.push("conversation.status_changed", &conversation("open"));
    assert_eq!(site.mirror.conversation, Conversation::Open(room()));
}

#[test]
fn what_came_while_the_socket_was_away_is_read_when_it_is_back() {
    let mut site = Site::new();
    site.user(Action::OpenPanel);
    site.user(Action::Send("Hello".into()));
    let conn = site.socket.take().unwrap();
    site.put(Input::Closed(conn, Close { code: 1006 }));
    site.rows.push(theirs(700, "Meanwhile"));
    site.run(40_000);
    assert!(site.socket.is_some());
    assert_eq!(site.texts(), ["Hello", "Meanwhile"]);
}
