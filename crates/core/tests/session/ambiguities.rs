//! What the contract leaves open (concierge 6), and how it is taken: the rows
//! that no other story tells. The README names a test for each.

use concierge_core::backend::concierge::{Concierge, Settings};
use concierge_core::backend::{Backend, RefusalKind};
use concierge_core::{
    Action, ConnId, Conversation, ConversationId, Effect, ErrorCode, Event, Input, Instant, Mirror,
    Now, Reason, Response, RowState, Secret, Session, Setup, Status, Stored, Timestamp, Token,
    UploadRules,
};
use serde_json::{Value, json};

use crate::desk::{Desk, Fault};
use crate::world::World;

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const INIT: &str = "client/init-chat-with-concierge";
const SESSION: &str = "client/get-chat-session";
const HISTORY: &str = "client/get-chat-messages";
const SEND: &str = "client/send-message";
const SEEN: &str = "client/update-message-seen-at";
const DELETE: &str = "client/delete-message";

fn adapter() -> Concierge {
    Concierge::new(Settings {
        socket_url: "wss://socket.example.com/prod".into(),
        device_id: "web-1".into(),
        api_url: Some("https://api.example.com".into()),
        page_size: 20,
    })
}

/// A session whose every answer is written by the test.
struct Wire {
    session: Session,
    mirror: Mirror,
    events: Vec<Event>,
    token: String,
    conns: Vec<ConnId>,
    /// Calls that were sent and not answered: route and body.
    calls: Vec<(String, Value)>,
    time: u64,
}

impl Wire {
    fn new(stored: Stored, token: &str) -> Self {
        let setup = Setup {
            backend: Box::new(adapter()),
            seed: 7,
            stored,
            rules: UploadRules::default(),
        };
        Self {
            session: Session::new(setup),
            mirror: Mirror::default(),
            events: Vec::new(),
            token: token.into(),
            conns: Vec::new(),
            calls: Vec::new(),
            time: 1_000,
        }
    }

    /// A visitor without a past who opens the panel.
    fn opened() -> Self {
        let mut wire = Self::new(Stored::default(), "a.b.c");
        wire.input(Input::Start);
        wire.input(Input::User(Action::OpenPanel));
        wire
    }

    /// A visitor who comes back to the chat `old`.
    fn back() -> Self {
        let stored = Stored {
            conversation: Some(r#"{"v":1,"id":"old"}"#.into()),
            ..Stored::default()
        };
        let mut wire = Self::new(stored, "a.b.c");
        wire.input(Input::Start);
        wire
    }

    fn input(&mut self, input: Input) {
        let mut inputs = vec![input];
        while !inputs.is_empty() {
            let now = Now {
                at: Instant(self.time),
                wall: Timestamp(1_795_161_600_000 + i64::try_from(self.time).expect("a time")),
            };
            for effect in self.session.handle(now, inputs.remove(0)) {
                match effect {
                    Effect::AskToken(_) => inputs.push(Input::Token(Ok(Token {
                        secret: Secret(self.token.clone()),
                        expires_at: None,
                    }))),
                    Effect::Connect(conn, _) => {
                        self.conns.push(conn);
                        self.calls.clear();
                        inputs.push(Input::Opened(conn));
                    }
                    Effect::Transmit(_, frame) => {
                        let frame: Value = serde_json::from_str(&frame).expect("JSON");
                        let route = frame["data"]["route"].as_str().expect("a route");
                        self.calls
                            .push((route.to_owned(), frame["data"]["body"].clone()));
                    }
                    Effect::Changed(change) => self.mirror.apply(&change),
                    Effect::Announce(event) => self.events.push(event),
                    // Nothing here is kept, uploaded or shared.
                    Effect::Close(_)
                    | Effect::Request(..)
                    | Effect::Prepare(_)
                    | Effect::Upload(..)
                    | Effect::Abort(_)
                    | Effect::Forget(_)
                    | Effect::Store(..)
                    | Effect::Stand
                    | Effect::Seize
                    | Effect::Resign
                    | Effect::Tell(_)
                    | Effect::Chime => {}
                }
            }
        }
    }

    /// The one call that waits for its answer.
    fn call(&mut self) -> (String, Value) {
        assert_eq!(self.calls.len(), 1, "{:?}", self.calls);
        self.calls.remove(0)
    }

    /// Answers the one call that waits, which is of this route. Returns its body.
    fn answer(&mut self, path: &str, body: &Value) -> Value {
        let (route, asked) = self.call();
        assert_eq!(route.split('?').next(), Some(path));
        self.hear(&json!({"channel": route, "status": 200, "body": body}));
        asked
    }

    fn hear(&mut self, frame: &Value) {
        let conn = *self.conns.last().expect("a connection");
        self.input(Input::Received(conn, frame.to_string()));
    }
}

/// What most answers say of a chat, and no more.
fn chat(id: &str, closed: bool) -> Value {
    json!({"chatSessionId": id, "chatSession": {"chatSessionId": id, "isSessionClosed": closed}})
}

fn open(id: &str) -> Conversation {
    Conversation::Open(ConversationId(id.into()))
}

// ---- calls ----

/// Row 6: nothing but its route tells whose an answer is.
#[test]
fn one_call_of_a_route_is_in_flight_and_different_routes_overlap() {
    let mut world = World::chatting();
    for text in ["One", "Two"] {
        world.staff_says(text);
    }
    world.run(SECOND);
    world.latency = SECOND;
    let before = world.frames.len();
    world.look();
    world.say("First");
    world.say("Second");
    world.run(SECOND);
    let routes: Vec<_> = world.frames[before..]
        .iter()
        .map(|frame| {
            let frame: Value = serde_json::from_str(frame).expect("JSON");
            frame["data"]["route"].as_str().expect("a route").to_owned()
        })
        .collect();
    assert_eq!(routes, [SEEN, SEND]);
    world.run(10 * SECOND);
    assert_eq!(world.desk.count(SEEN), 2);
    assert_eq!(world.desk.count(SEND), 2);
}

/// Row 13: whatever comes first after the handshake is not waited for.
#[test]
fn the_first_call_waits_for_no_word_of_the_server() {
    let wire = Wire::opened();
    assert_eq!(wire.calls, [(INIT.to_owned(), json!({"newSession": true}))]);
}

/// Row 42: the token is in the URL, and the URL has a limit.
#[test]
fn a_token_too_long_for_the_url_is_said_so_and_nothing_is_connected() {
    let mut wire = Wire::new(Stored::default(), &"x".repeat(4_096));
    wire.input(Input::Start);
    wire.input(Input::User(Action::OpenPanel));
    assert!(wire.conns.is_empty());
    assert_eq!(wire.mirror.connection.status, Status::Offline);
    assert_eq!(wire.mirror.connection.reason, Reason::UrlTooLong);
    assert_eq!(
        wire.events,
        [Event::Error {
            code: ErrorCode::UrlTooLong,
            recoverable: false
        }]
    );
}

/// Contract 7: the gateway's fault names no call.
#[test]
fn a_fault_that_may_mean_either_of_two_calls_is_left_to_their_time_limits() {
    let mut world = World::chatting();
    world.staff_says("Yes?");
    world.run(SECOND);
    world.desk.fail(SEND, Fault::Deaf);
    world.desk.fail(SEEN, Fault::Deaf);
    world.look();
    world.say("Hello");
    world.run(SECOND);
    world.inject(r#"{"message":"Internal server error","connectionId":"a=","requestId":"b="}"#);
    world.run(20 * SECOND);
    assert_eq!(world.state("Hello"), RowState::Sending);
    assert_eq!(world.desk.count(SEND), 1);
    world.run(20 * SECOND);
    assert_eq!(world.state("Hello"), RowState::Sent);
    assert_eq!(world.desk.count(SEND), 2);
}

/// Contract 7: a page may be too large to be delivered.
#[test]
fn a_history_without_an_answer_is_asked_for_in_smaller_pages() {
    let mut world = World::new();
    world.desk.fail(HISTORY, Fault::Deaf);
    world.act(Action::OpenPanel);
    world.run(40 * SECOND);
    assert_eq!(world.status(), Status::Online);
    let limits: Vec<_> = world
        .frames
        .iter()
        .filter_map(|frame| frame.split("&limit=").nth(1)?.split('"').next())
        .collect();
    assert_eq!(limits, ["20", "5"]);
}

/// Contract 7 and 4.5: codes of the gateway's own closes say nothing.
#[test]
fn all_close_codes_but_one_mean_the_same() {
    for code in [1000, 1001, 1005, 1006, 1011, 1012, 4001] {
        let mut world = World::chatting();
        world.say("On the wire");
        world.cut_with(code);
        assert_eq!(world.status(), Status::Waiting, "{code}");
        assert_eq!(world.mirror.connection.reason, Reason::Lost, "{code}");
        assert_eq!(world.state("On the wire"), RowState::Sending, "{code}");
        world.run(5 * SECOND);
        assert_eq!(world.state("On the wire"), RowState::Sent, "{code}");
        assert_eq!(world.desk.texts(), ["On the wire"], "{code}");
    }
}

// ---- chats ----

/// Row 31: a new one was asked for, another one may be given.
#[test]
fn the_chat_that_the_answer_names_is_the_chat() {
    let mut wire = Wire::opened();
    wire.answer(INIT, &chat("from-yesterday", false));
    assert_eq!(wire.mirror.conversation, open("from-yesterday"));
    let asked = wire.answer(HISTORY, &json!({"messages": []}));
    assert_eq!(asked, json!({"chatSessionId": "from-yesterday"}));
    assert_eq!(wire.mirror.connection.status, Status::Online);
}

/// Row 32: another chat may come back than was asked for.
#[test]
fn a_chat_taken_up_under_another_id_goes_on_under_that() {
    let mut wire = Wire::back();
    wire.answer(SESSION, &chat("old", false));
    wire.answer(INIT, &chat("new", false));
    assert_eq!(wire.mirror.conversation, open("new"));
    let asked = wire.answer(HISTORY, &json!({"messages": []}));
    assert_eq!(asked, json!({"chatSessionId": "new"}));
}

/// Rows 32, 34: the same on the first question.
#[test]
fn a_chat_that_is_another_one_when_it_is_looked_at_is_taken_up_as_that() {
    let mut wire = Wire::back();
    wire.answer(SESSION, &chat("new", false));
    let asked = wire.answer(INIT, &chat("new", false));
    assert_eq!(asked, json!({"newSession": false, "chatSessionId": "new"}));
    assert_eq!(wire.mirror.conversation, open("new"));
}

/// Row 32: closed when it is looked at, or only when it is taken up.
#[test]
fn a_stored_chat_that_is_closed_makes_way_at_either_question() {
    let mut wire = Wire::back();
    wire.answer(SESSION, &chat("old", true));
    let asked = wire.answer(INIT, &chat("new", false));
    assert_eq!(asked, json!({"newSession": true}));
    assert_eq!(wire.mirror.conversation, open("new"));

    let mut wire = Wire::back();
    wire.answer(SESSION, &chat("old", false));
    wire.answer(INIT, &chat("old", true));
    let asked = wire.answer(INIT, &chat("new", false));
    assert_eq!(asked, json!({"newSession": true}));
    assert_eq!(wire.mirror.conversation, open("new"));
}

/// Row 30: an event is not the only way to hear of it.
#[test]
fn a_chat_that_a_ping_finds_closed_is_over() {
    let mut world = World::chatting();
    // Nobody is told.
    world.desk.close_session();
    world.run(29 * SECOND);
    assert_eq!(world.status(), Status::Online);
    world.run(3 * SECOND);
    assert_eq!(world.status(), Status::Ended);
    let pings = world.desk.pings;
    world.run(10 * MINUTE);
    assert_eq!(world.desk.pings, pings);
}

/// Row 33: the staff may have begun it, and is there then.
#[test]
fn a_chat_begun_by_the_staff_is_joined() {
    let mut wire = Wire::opened();
    let mut answer = chat("theirs", false);
    answer["chatSession"]["chatInitiatedByEntityType"] = json!("BACKEND_USER");
    wire.answer(INIT, &answer);
    assert!(wire.mirror.joined);
    assert!(wire.events.contains(&Event::AgentJoin));
}

/// Rows 16, 44: nobody, the visitor, or the staff.
#[test]
fn the_staff_has_joined_when_the_joiner_is_of_the_staff() {
    for (joiner, joined) in [
        (json!({}), false),
        (
            json!({"chatJoinedByEntityType": null, "lastPingedByChatInitiator": null}),
            false,
        ),
        (json!({"chatJoinedByEntityType": "TENANT"}), false),
        (
            json!({"chatJoinedByEntityType": "BACKEND_USER", "lastPingedByChatJoiner": null}),
            true,
        ),
    ] {
        let mut world = World::chatting();
        let mut session = joiner.clone();
        session["chatSessionId"] = json!("session-1");
        session["chatInitiatedByEntityType"] = json!("TENANT");
        session["isSessionClosed"] = json!(false);
        let event = json!({
            "channel": "chat-session-update-session-1", "payload": {"chatSession": session},
        });
        world.inject(&event.to_string());
        assert_eq!(world.mirror.joined, joined, "{joiner}");
    }
}

/// Rows 23, 24: both may be missing; the connection lives as long as the
/// gateway lets it then.
#[test]
fn without_tenant_and_connection_the_chat_works_and_rotates_by_the_gateway_s_clock() {
    let mut wire = Wire::opened();
    wire.answer(INIT, &chat("c-1", false));
    wire.answer(HISTORY, &json!({"messages": []}));
    assert_eq!(wire.mirror.connection.status, Status::Online);
    let born = wire.time;
    while wire.conns.len() == 1 {
        let next = wire.session.deadline().expect("something is due");
        wire.time = wire.time.max(next.0);
        wire.input(Input::Wake);
        if wire.conns.len() == 1 && !wire.calls.is_empty() {
            wire.answer("client/ping-on-chat-session", &chat("c-1", false));
        }
    }
    let age = (wire.time - born) / MINUTE;
    assert!((104..=110).contains(&age), "{age} minutes");
}

/// Rows 23, 25, 26, 41: nothing in a tenant but its id can be wrong.
#[test]
fn a_tenant_of_any_shape_is_read() {
    for tenant in [
        json!(null),
        json!([]),
        json!("9001"),
        json!({}),
        json!({"id": 9001, "code": 0, "phoneNumber": 700_000_001, "properties": "none"}),
        json!({"id": "9001", "properties": [{"floors": [{"floorId": "3"}, null, 4]}]}),
    ] {
        let mut wire = Wire::opened();
        let mut answer = chat("c-1", false);
        answer["tenant"] = tenant.clone();
        wire.answer(INIT, &answer);
        assert_eq!(wire.mirror.conversation, open("c-1"), "{tenant}");
    }
}

// ---- messages ----

/// Row 10: a history holds the rows of all chats of the visitor.
#[test]
fn words_of_an_earlier_chat_stand_above_those_of_this_one() {
    let mut world = World::chatting();
    world.say("Long ago");
    world.run(SECOND);
    world.at_desk(Desk::close_session);
    world.run(SECOND);
    world.act(Action::StartConversation);
    world.run(5 * SECOND);
    world.say("Today");
    world.run(SECOND);
    world.reload();
    world.act(Action::OpenPanel);
    world.run(5 * SECOND);
    assert_eq!(world.texts(), ["Long ago", "Today"]);
}

/// Rows 11, 46: what the numbers say beside 0 and 4 is not known; one tick
/// means that the server has it.
#[test]
fn two_ticks_are_for_what_was_seen_and_for_nothing_else() {
    for (marks, state) in [
        (json!({"status": 1, "seenAt": null}), RowState::Sent),
        (json!({"status": 2}), RowState::Sent),
        (
            json!({"status": 3, "deliveredAt": 5, "seenAt": null}),
            RowState::Sent,
        ),
        (json!({"status": 7, "deliveredAt": "5"}), RowState::Sent),
        (json!({"status": null}), RowState::Sent),
        (json!({"status": "DELIVERED"}), RowState::Sent),
        (json!({"status": 4}), RowState::Seen),
        (json!({"status": "4"}), RowState::Seen),
        (json!({"status": 3, "seenAt": 6}), RowState::Seen),
        (json!({"status": 9, "seenAt": "6"}), RowState::Seen),
        (json!({"status": 0, "seenAt": "6"}), RowState::Unsent),
    ] {
        let mut world = World::chatting();
        let mut message = marks.clone();
        message["id"] = json!(9);
        message["senderEntityType"] = json!("TENANT");
        message["messageContent"] = json!("From my phone");
        message["sentAt"] = json!(5);
        let event = json!({
            "channel": "chat-message-session-1", "payload": {"chatMessage": message},
        });
        world.inject(&event.to_string());
        assert_eq!(world.mirror.rows[0].state, state, "{marks}");
    }
}

/// Rows 2, 17: an event of a deletion has an id and nothing else.
#[test]
fn a_deletion_counts_by_its_id_alone_be_it_a_number_or_a_text() {
    for as_text in [false, true] {
        let mut world = World::chatting();
        for text in ["One", "Two"] {
            world.staff_says(text);
        }
        world.run(SECOND);
        let before = world.mirror.clone();
        let id = world.desk.messages[0].id;
        let gone = |id: u64| {
            let id = if as_text {
                json!(id.to_string())
            } else {
                json!(id)
            };
            json!({"channel": "chat-message-delete", "payload": {"messageId": id}}).to_string()
        };
        world.inject(&gone(id + 100));
        assert_eq!(world.mirror, before, "nobody knows that one");
        world.inject(&gone(id));
        assert_eq!(world.mirror.rows[0].state, RowState::Unsent);
        assert_eq!(world.mirror.rows[1], before.rows[1]);
    }
}

/// Row 45: older servers answer with the chat, and types differ.
#[test]
fn the_answer_to_a_deletion_is_about_the_one_that_was_asked_for() {
    for body in [
        json!({"messageId": 601}),
        json!({"messageId": "601"}),
        json!({"messageId": 999}),
        json!({"chatSessionId": "session-1"}),
        json!({}),
        json!(null),
    ] {
        let mut world = World::chatting();
        for text in ["Wrong room", "Right room"] {
            world.say(text);
            world.run(SECOND);
        }
        world.desk.fail(DELETE, Fault::Deaf);
        let key = world.key("Wrong room");
        world.act(Action::Unsend(key));
        world.run(6 * SECOND);
        let answer = json!({"channel": DELETE, "status": 200, "body": body});
        world.inject(&answer.to_string());
        assert_eq!(world.mirror.rows[0].state, RowState::Unsent, "{body}");
        assert_eq!(world.state("Right room"), RowState::Sent, "{body}");
        assert_eq!(world.desk.count(DELETE), 1, "{body}");
    }
}

/// Row 3: the time that is there counts.
#[test]
fn a_time_that_is_missing_is_taken_from_its_neighbour() {
    let mut world = World::chatting();
    for (id, times) in [
        (3, json!({"sentAt": null, "deliveredAt": "30"})),
        (1, json!({"sentAt": 10})),
        (2, json!({"sentAt": "20", "deliveredAt": null})),
    ] {
        let mut message = times;
        message["id"] = json!(id);
        message["senderEntityType"] = json!("BACKEND_USER");
        message["messageContent"] = json!(format!("m{id}"));
        let event = json!({
            "channel": "chat-message-session-1", "payload": {"chatMessage": message},
        });
        world.inject(&event.to_string());
    }
    assert_eq!(world.texts(), ["m1", "m2", "m3"]);
}

// ---- uploads ----

/// Rows 37, 38: keys in any spelling, URLs to the letter.
#[test]
fn a_place_for_a_file_is_read_in_all_its_spellings() {
    let upload = "https://files.example.com/a/1.png?X-Amz-Expires=900&x-amz-acl=public-read&b=%2F+";
    let public = "https://files.example.com/a/1.png";
    let both = json!({"uploadURL": upload, "resourceUrl": public});
    let bare = both.clone();
    for body in [
        bare,
        json!({"data": {"uploadUrlData": both}, "message": "Done"}),
        json!({"uploadUrlData": both}),
        json!({"data": both}),
        json!({"data": {"uploadUrlData": {"uploadUrl": upload, "resourceURL": public}}}),
        json!({"data": {"uploadUrlData": {
            "uploadURL": upload, "fileName": "1.png", "filename": 7, "uploadPath": "/a/1.png",
            "resourceUrl": public, "photoFilename": null, "isBase64Encoded": false,
        }}, "isBase64Encoded": false, "headers": {}}),
    ] {
        let response = Response {
            status: 200,
            body: body.to_string(),
        };
        let place = adapter().place(&response).expect("a place");
        assert_eq!(
            (place.upload.0.as_str(), place.public.as_str()),
            (upload, public),
            "{body}"
        );
    }
    for body in [
        json!({"status": 1, "data": null}),
        json!({"status": 0, "data": []}),
        json!({"data": {"uploadUrlData": {"uploadURL": upload}}}),
        json!({"data": {"uploadUrlData": {"uploadURL": "", "resourceUrl": public}}}),
        json!("not JSON of a place"),
    ] {
        let response = Response {
            status: 200,
            body: body.to_string(),
        };
        let refusal = adapter().place(&response).expect_err("no place");
        assert_eq!(refusal.kind, RefusalKind::Unclear, "{body}");
    }
}
