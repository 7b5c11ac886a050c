//! A chat, told at the level of a session.

use std::collections::VecDeque;

use concierge_core::backend::onechat::{OneChat, Settings};
use concierge_core::{
    Action, Close, ConnId, Content, Conversation, Effect, Input, Instant, Mirror, Now, Page,
    Reason, Request, Response, Row, RowState, Session, Setup, Status, Stored, Timestamp,
    UploadRules,
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
    /// Sockets that were opened.
    opened: usize,
    /// The other side says that a channel is live.
    confirms: bool,
    rows: Vec<Value>,
    status: &'static str,
    /// What the server was told of the visitor's typing.
    typed: Vec<String>,
    /// The proof of who the visitor is holds.
    knows_identity: bool,
}

impl Site {
    fn new() -> Self {
        Self::of(settings())
    }

    fn of(settings: Settings) -> Self {
        let mut site = Self {
            session: Session::new(Setup {
                backend: Box::new(OneChat::new(settings)),
                seed: 3,
                stored: Stored::default(),
                rules: UploadRules::default(),
            }),
            mirror: Mirror::default(),
            at: 0,
            asked: Vec::new(),
            socket: None,
            told: Vec::new(),
            opened: 0,
            confirms: true,
            rows: Vec::new(),
            status: "open",
            typed: Vec::new(),
            knows_identity: true,
        };
        site.put(Input::Start);
        site
    }

    /// A page on which a visitor has begun a conversation.
    fn chatting() -> Self {
        let mut site = Self::new();
        site.user(Action::OpenPanel);
        site.user(Action::Send("Hello".into()));
        site
    }

    /// The socket closes by itself.
    fn lose_socket(&mut self) {
        let conn = self.socket.take().unwrap();
        self.put(Input::Closed(conn, Close { code: 1006 }));
    }

    /// Lets time pass in which the socket shows that it is there.
    fn run_with_pings(&mut self, ms: u64) {
        for _ in 0..ms / 3_000 {
            self.run(3_000);
            let conn = self.socket.unwrap();
            let ping = r#"{"type":"ping","message":1795161603}"#;
            self.put(Input::Received(conn, ping.into()));
        }
    }

    fn presences(&self) -> usize {
        let is_one = |frame: &&String| frame.contains("update_presence");
        self.told.iter().filter(is_one).count()
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
                        self.opened += 1;
                        inputs.push_back(Input::Opened(conn));
                    }
                    Effect::Transmit(conn, frame) => {
                        if self.confirms && frame.contains("\"subscribe\"") {
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
            older if older.contains("?before=") => json!([]),
            proof if proof.starts_with("GET /contacts/me?identifier=") => contact_row(),
            "POST /contacts/me/conversations/52/messages" => {
                let number = 600 + i64::try_from(self.rows.len()).unwrap();
                let row = mine(number, body["content"].as_str().unwrap());
                self.rows.push(row.clone());
                self.status = "open";
                row
            }
            "POST /contacts/me/conversations/52/toggle_typing" => {
                self.typed
                    .push(body["typing_status"].as_str().unwrap().to_owned());
                Value::Null
            }
            "POST /contacts/me/conversations/52/toggle_status" => {
                self.status = "resolved";
                conversation(self.status)
            }
            _ => Value::Null,
        };
        let is_refused = !self.knows_identity && path.starts_with("POST /contacts");
        self.asked.push(path);
        Response {
            status: if is_refused { 500 } else { 200 },
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

    // The next one it hears of later, or when the visitor looks away.
    site.push("message.created", &theirs(701, "And?"));
    let key = site.mirror.rows[2].key;
    site.user(Action::Saw(key));
    let told = |site: &Site| site.asked.iter().filter(|it| *it == seen).count();
    assert_eq!(told(&site), 1);
    site.user(Action::ClosePanel);
    assert_eq!(told(&site), 2);
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
    site.user(Action::Answer(key, r#"[["Red","r"]]"#.into()));
    let patch = "PATCH /contacts/me/conversations/52/messages/700";
    assert!(site.asked.iter().any(|it| it == patch));
    let Content::Rich(rich) = &site.mirror.rows[1].content else {
        panic!("no question");
    };
    assert!(rich.answered);
    assert_eq!(parts(rich)["answer"], json!([["Red", "r"]]));
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
fn who_writes_into_an_ended_conversation_goes_on_in_it_and_who_wants_another_begins_one() {
    let mut site = Site::chatting();
    site.user(Action::EndConversation);
    assert_eq!(site.mirror.conversation, Conversation::Ended(room()));
    let begun = |site: &Site| {
        let begun = |it: &&String| *it == "POST /contacts/me/conversations";
        site.asked.iter().filter(begun).count()
    };
    site.user(Action::Send("One more thing".into()));
    site.run(1_000);
    assert_eq!(site.texts(), ["Hello", "One more thing"]);
    assert_eq!(site.rows.len(), 2);
    assert_eq!(begun(&site), 1);
    site.push("conversation.status_changed", &conversation("open"));
    assert_eq!(site.mirror.conversation, Conversation::Open(room()));
    site.user(Action::EndConversation);
    site.user(Action::StartConversation);
    assert_eq!(site.mirror.conversation, Conversation::None);
    site.user(Action::Send("Something else".into()));
    assert_eq!(begun(&site), 2);
}

#[test]
fn what_came_while_the_socket_was_away_is_read_when_it_is_back() {
    let mut site = Site::new();
    site.user(Action::OpenPanel);
    site.user(Action::Send("Hello".into()));
    site.lose_socket();
    site.rows.push(theirs(700, "Meanwhile"));
    site.run(40_000);
    assert!(site.socket.is_some());
    assert_eq!(site.texts(), ["Hello", "Meanwhile"]);
}

#[test]
fn an_end_that_came_while_the_socket_was_away_is_seen_when_it_is_back() {
    let mut site = Site::chatting();
    site.lose_socket();
    site.status = "resolved";
    site.run(40_000);
    assert!(site.socket.is_some());
    assert_eq!(site.mirror.conversation, Conversation::Ended(room()));
    site.lose_socket();
    site.status = "open";
    site.run(40_000);
    assert_eq!(site.mirror.conversation, Conversation::Open(room()));
}

#[test]
fn an_end_is_seen_although_there_is_no_channel() {
    let mut site = Site::new();
    site.confirms = false;
    site.user(Action::OpenPanel);
    site.user(Action::Send("Hello".into()));
    site.run(30_000);
    site.status = "resolved";
    site.run(5_000);
    assert_eq!(site.mirror.conversation, Conversation::Ended(room()));
}

#[test]
fn what_an_agent_has_seen_shows_at_the_visitor_s_messages() {
    let mut site = Site::chatting();
    assert_eq!(site.mirror.rows[0].state, RowState::Sent);
    let seen = with(
        conversation("open"),
        "agent_last_seen_at",
        json!(1_700_002_000),
    );
    site.push("conversation.updated", &seen);
    assert_eq!(site.mirror.rows[0].state, RowState::Seen);
}

#[test]
fn a_channel_that_is_not_to_come_back_is_let_be_for_ten_minutes() {
    let mut site = Site::chatting();
    site.run_with_pings(6_000);
    let conn = site.socket.unwrap();
    let goodbye = r#"{"type":"disconnect","reason":"unauthorized","reconnect":false}"#;
    site.put(Input::Received(conn, goodbye.into()));
    site.run(590_000);
    assert_eq!(site.opened, 1);
    site.run(12_000);
    assert_eq!(site.opened, 2);
}

#[test]
fn a_closed_chat_asks_for_nothing_while_the_channel_is_live() {
    let mut site = Site::chatting();
    site.user(Action::ClosePanel);
    site.asked.clear();
    site.run_with_pings(300_000);
    assert!(site.asked.is_empty(), "{:?}", site.asked);
    site.push("message.created", &theirs(700, "Are you there?"));
    assert_eq!(site.mirror.unread, 1);
}

#[test]
fn who_cannot_prove_who_they_are_is_told_and_not_asked_for_again() {
    let mut site = Site::of(proven());
    site.knows_identity = false;
    site.user(Action::OpenPanel);
    site.run(300_000);
    let tried = |site: &Site| {
        let tried = |it: &&String| *it == "POST /contacts";
        site.asked.iter().filter(tried).count()
    };
    assert_eq!(tried(&site), 1);
    assert_eq!(site.mirror.connection.reason, Reason::Unreachable);
    site.knows_identity = true;
    site.user(Action::Reconnect);
    site.run(1_000);
    assert_eq!(site.mirror.connection.status, Status::Online);
}

#[test]
fn a_channel_that_is_never_confirmed_is_tried_again_and_news_are_asked_for() {
    let mut site = Site::new();
    site.confirms = false;
    site.user(Action::OpenPanel);
    site.user(Action::Send("Hello".into()));
    site.run(9_900);
    assert_eq!((site.opened, site.socket.is_some()), (1, true));
    // Nobody is told of one that has failed once.
    site.run(200);
    assert_eq!(site.socket, None);
    assert_eq!(site.mirror.connection.reason, Reason::None);
    site.run(20_000);
    assert!(site.opened >= 2);
    assert_eq!(site.mirror.connection.status, Status::Online);
    assert_eq!(site.mirror.connection.reason, Reason::Polling);
    site.rows.push(theirs(700, "Late, but here"));
    site.run(5_000);
    assert_eq!(site.texts(), ["Hello", "Late, but here"]);
    // It is told when it is over, too.
    site.confirms = true;
    site.run(40_000);
    assert_eq!(site.mirror.connection.reason, Reason::None);
}

#[test]
fn a_channel_that_pings_no_more_is_replaced_and_what_it_missed_is_read() {
    let mut site = Site::chatting();
    site.run_with_pings(30_000);
    assert_eq!(site.opened, 1);
    site.rows.push(theirs(700, "Not heard"));
    site.run(8_900);
    assert_eq!((site.opened, site.texts()), (1, vec!["Hello"]));
    site.run(2_000);
    assert_eq!(site.opened, 2);
    assert_eq!(site.texts(), ["Hello", "Not heard"]);
}

#[test]
fn a_subscription_that_is_rejected_is_made_up_for_by_asking() {
    let mut site = Site::new();
    site.confirms = false;
    site.user(Action::OpenPanel);
    site.user(Action::Send("Hello".into()));
    let conn = site.socket.unwrap();
    let no = r#"{"type":"reject_subscription","identifier":"x"}"#;
    site.put(Input::Received(conn, no.into()));
    // It is told at once: this is no hiccup.
    assert_eq!(site.mirror.connection.status, Status::Online);
    assert_eq!(site.mirror.connection.reason, Reason::Polling);
    site.rows.push(theirs(700, "Still here"));
    site.run(4_500);
    assert_eq!(site.texts(), ["Hello", "Still here"]);
}

#[test]
fn a_channel_that_may_not_be_opened_again_is_made_up_for_by_asking() {
    let mut site = Site::chatting();
    site.run_with_pings(6_000);
    let conn = site.socket.unwrap();
    let goodbye = r#"{"type":"disconnect","reason":"unauthorized","reconnect":false}"#;
    site.put(Input::Received(conn, goodbye.into()));
    assert_eq!(site.mirror.connection.reason, Reason::Polling);
    site.rows.push(theirs(700, "Still here"));
    site.run(4_500);
    assert_eq!(site.texts(), ["Hello", "Still here"]);
}

#[test]
fn that_the_visitor_is_here_is_told_while_the_chat_is_looked_at() {
    let mut site = Site::chatting();
    site.run_with_pings(60_000);
    assert_eq!(site.presences(), 5, "at once, then every 15 s");
    site.user(Action::ClosePanel);
    site.run_with_pings(60_000);
    assert_eq!(site.presences(), 5);
}

#[test]
fn that_the_visitor_types_is_told_at_first_every_ten_seconds_and_at_the_end() {
    let mut site = Site::chatting();
    for text in ["W", "Wh", "Whe", "Wher"] {
        site.user(Action::Draft(text.into()));
        site.run(3_000);
    }
    assert_eq!(site.typed, ["on"]);
    site.user(Action::Draft("Where".into()));
    assert_eq!(site.typed, ["on", "on"]);
    site.run(3_900);
    assert_eq!(site.typed.len(), 2);
    site.run(200);
    assert_eq!(site.typed, ["on", "on", "off"]);
    // Who closes the chat or empties the field does not type any more.
    site.user(Action::Draft("Where?".into()));
    site.user(Action::ClosePanel);
    site.user(Action::OpenPanel);
    site.user(Action::Draft("Where? ".into()));
    site.user(Action::Draft(String::new()));
    assert_eq!(site.typed[3..], ["on", "off", "on", "off"]);
    // Nor who sends.
    site.user(Action::Draft("Where?".into()));
    site.user(Action::Send("Where?".into()));
    assert_eq!(site.typed[7..], ["on", "off"]);
}

#[test]
fn whoever_does_not_stop_to_type_has_gone_after_half_a_minute() {
    let mut site = Site::chatting();
    let data = json!({"conversation": {"id": 52, "inbox_id": 3}, "is_private": false,
        "user": {"id": 4, "available_name": "Kim", "type": "user"}});
    site.push("conversation.typing_on", &data);
    assert_eq!(site.mirror.typing.as_deref(), Some("Kim"));
    site.run_with_pings(27_000);
    assert_eq!(site.mirror.typing.as_deref(), Some("Kim"));
    site.run_with_pings(6_000);
    assert_eq!(site.mirror.typing, None);
    // Or when the message is there.
    site.push("conversation.typing_on", &data);
    let row = with(theirs(700, "Here"), "inbox_id", json!(3));
    site.push("message.created", &row);
    assert_eq!(site.mirror.typing, None);
}

#[test]
fn what_was_seen_is_told_every_five_seconds_at_most() {
    let mut site = Site::chatting();
    let seen = "POST /contacts/me/conversations/52/update_last_seen";
    let count = |site: &Site| site.asked.iter().filter(|it| *it == seen).count();
    for number in 700..704 {
        let row = with(theirs(number, "More"), "inbox_id", json!(3));
        site.rows.push(row.clone());
        site.push("message.created", &row);
        let key = site.mirror.rows.last().unwrap().key;
        site.user(Action::Saw(key));
        site.run(1_000);
    }
    assert_eq!(count(&site), 1);
    site.run(2_000);
    assert_eq!(count(&site), 2, "one is for all before it");
    let states = site.mirror.rows[1..].iter().map(|row| &row.state);
    assert!(states.into_iter().all(|state| *state == RowState::Seen));
}

#[test]
fn who_typed_when_the_connection_was_lost_is_not_said_to_type_for_ever() {
    let mut site = Site::chatting();
    let typing = json!({"conversation": {"id": 52}, "user": {"name": "Ann", "type": "user"}});
    site.push("conversation.typing_on", &typing);
    assert!(site.mirror.typing.is_some());
    site.put(Input::Page(Page::Offline));
    site.run(60_000);
    site.put(Input::Page(Page::Online));
    site.run(60_000);
    assert_eq!(site.mirror.typing, None);
}
