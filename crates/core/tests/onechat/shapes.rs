//! Each body and each frame of the contract's collection, in files, with values
//! of our own: what the adapter makes of it (contract 3, 4).

use concierge_core::backend::{Backend, Call, Incoming, Message, Reply};
use concierge_core::{Author, Content, FileContent, FileKind, Timestamp, Uid};
use serde_json::{Value, json};

use crate::fixtures::*;
use crate::in_files::{self, Case};

const CASES: [(&str, Case); 27] = [
    ("rest_contact", a_contact),
    ("rest_contact_update", a_changed_contact),
    ("rest_conversation", a_conversation),
    ("rest_inbox", an_inbox),
    ("rest_message_create", a_sent_message),
    ("rest_messages", a_page),
    ("ws_call_created", no_news),
    ("ws_confirm", a_confirmation),
    ("ws_conversation_created", a_new_conversation),
    ("ws_conversation_status_changed", an_ended_conversation),
    ("ws_conversation_typing_off", nobody_types),
    ("ws_conversation_typing_on", somebody_types),
    ("ws_conversation_updated", a_joined_conversation),
    ("ws_disconnect", a_restart),
    ("ws_message_created_agent", a_message_of_theirs),
    ("ws_message_created_attachment", a_picture_of_theirs),
    ("ws_message_created_greeting", a_greeting),
    ("ws_message_created_own", an_own_message),
    ("ws_message_created_own_file", an_own_picture),
    ("ws_message_updated_deleted", a_message_taken_back),
    ("ws_message_updated_read", a_message_read_elsewhere),
    ("ws_ping", a_sign_of_life),
    ("ws_presence_update", no_news),
    ("ws_reject", a_rejection),
    ("ws_subscribe", what_we_subscribe_with),
    ("ws_update_presence", what_we_say_to_be_here),
    ("ws_welcome", a_sign_of_life),
];

fn fixture(name: &str) -> Value {
    in_files::fixture("onechat", name)
}

#[test]
fn no_fixture_of_onechat_is_read_by_nobody() {
    in_files::no_file_is_left_out("onechat", &CASES);
}

#[test]
fn each_fixture_of_onechat_is_read_as_what_it_is() {
    in_files::read_all("onechat", &CASES);
}

// ---- bodies ----

fn an_inbox(body: &Value) {
    let found = info(chat().run(&Call::Look, 200, body));
    assert_eq!((found.id, found.closed, found.joined), (None, false, None));
}

fn a_contact(body: &Value) {
    let mut chat = chat();
    chat.look(200);
    assert_eq!(chat.0.door(&none()), Ok(None));
    chat.ask(&Call::Begin);
    let (line, _) = chat.next(&Call::Begin, 200, body);
    assert_eq!(line, format!("POST {}/conversations", contact()));
    // Its stream token opens the socket and names what is subscribed to.
    assert!(chat.0.door(&none()).unwrap().is_some());
    assert!(chat.0.greet().frames[0].contains(TOKEN));
    assert!(chat.0.keep().unwrap().contains(TOKEN));
}

fn a_changed_contact(body: &Value) {
    let mut chat = chatting();
    let values = json!([["submitted_email", "tilda@example.org"]]).to_string();
    let call = Call::Answer(room(), id(300), values);
    assert_eq!(chat.run(&call, 200, body), Ok(Reply::Done));
    // The question is answered by the address that the contact has.
    let asked = chat.read_one(&rich("input_email", &json!({})));
    let Some(Content::Rich(asked)) = asked.content else {
        panic!("no question");
    };
    assert!(asked.answered);
    let answer = json!([["submitted_email", "tilda@example.org"]]);
    assert_eq!(parts(&asked)["answer"], answer);
}

fn a_conversation(body: &Value) {
    let mut chat = chat();
    chat.look(200);
    chat.ask(&Call::Begin);
    chat.next(&Call::Begin, 200, &fixture("rest_contact"));
    let begun = info(chat.end(&Call::Begin, 200, body));
    assert_eq!((begun.id, begun.closed), (Some(room()), false));
    assert_eq!(begun.seen_until, Some(Timestamp(MORNING + 440_000)));
    // What it says of what was seen counts for the page that comes next.
    let page = chat.read(&fixture("rest_messages"));
    let seen: Vec<bool> = page.iter().map(|it| it.seen).collect();
    assert_eq!(seen, [true, false, false, false]);
    // In the list it has its number and the visitor's own words.
    let Ok(Reply::Rooms(rooms)) = chat.run(&Call::Rooms, 200, &json!([body])) else {
        panic!("no list");
    };
    assert_eq!((rooms.len(), &rooms[0].id), (1, &room()));
    assert_eq!((rooms[0].last.as_str(), rooms[0].unread), (OWN, 0));
    assert_eq!(rooms[0].at, Timestamp(MORNING + 610_000));
}

fn a_page(body: &Value) {
    let page = chatting().read(body);
    let rows: Vec<(&str, &Author, i64)> = page
        .iter()
        .map(|it| (it.id.name(), &it.author, it.at.0 - MORNING))
        .collect();
    let expected = [
        ("601", &Author::Them, 2_000),
        ("602", &Author::Them, 440_000),
        ("603", &Author::Me, 610_000),
        ("604", &Author::Them, 620_000),
    ];
    assert_eq!(rows, expected);
    assert_eq!(markdown(&page[0]), "Welcome to the garden desk.");
    assert_eq!(markdown(&page[1]), THEIRS);
    assert_eq!(page[2].content, Some(Content::Text(OWN.into())));
    assert_eq!(page[3].content, Some(Content::File(picture())));
    for message in &page {
        assert_eq!(message.conversation, Some(room()));
        assert_eq!(message.uid, None);
    }
}

fn a_sent_message(body: &Value) {
    let Ok(Reply::Sent(message)) = chatting().run(&send(OWN), 200, body) else {
        panic!("not sent");
    };
    assert_eq!(message, own());
}

// ---- frames ----

fn a_message_of_theirs(frame: &Value) {
    let message = message(frame);
    assert_eq!((message.id.name(), &message.author), ("602", &Author::Them));
    assert_eq!(message.conversation, Some(room()));
    assert_eq!(message.at, Timestamp(MORNING + 440_000));
    assert_eq!(markdown(&message), THEIRS);
    assert!(!message.seen);
}

fn a_picture_of_theirs(frame: &Value) {
    let message = message(frame);
    assert_eq!((message.id.name(), &message.author), ("604", &Author::Them));
    assert_eq!(message.content, Some(Content::File(picture())));
}

fn a_greeting(frame: &Value) {
    let message = message(frame);
    assert_eq!((message.id.name(), &message.author), ("601", &Author::Them));
    assert_eq!(markdown(&message), "Welcome to the garden desk.");
}

fn an_own_message(frame: &Value) {
    // The same row as the answer to what was sent.
    assert_eq!(message(frame), own());
}

fn an_own_picture(frame: &Value) {
    let message = message(frame);
    assert_eq!((message.id.name(), &message.author), ("605", &Author::Me));
    assert_eq!(message.uid, Some(Uid("uid-2".into())));
    let moss = FileContent {
        url: picture().url.replace("b1--77/fern", "b2--78/moss"),
        name: "moss.png".into(),
        dimensions: None,
        ..picture()
    };
    assert_eq!(message.content, Some(Content::File(moss)));
}

fn a_message_read_elsewhere(frame: &Value) {
    let message = message(frame);
    assert_eq!((message.id.name(), message.seen), ("602", true));
    assert_eq!(markdown(&message), THEIRS);
}

fn a_message_taken_back(frame: &Value) {
    assert_eq!(chatting().hear(frame), [Incoming::Gone(id(602))]);
}

fn a_new_conversation(frame: &Value) {
    standing(frame, (false, Some(false), None));
}

fn a_joined_conversation(frame: &Value) {
    standing(frame, (false, Some(true), Some(MORNING + 440_000)));
}

fn an_ended_conversation(frame: &Value) {
    standing(frame, (true, Some(true), Some(MORNING + 440_000)));
}

fn somebody_types(frame: &Value) {
    let typing = Incoming::Typing(room(), Some("Rowan".into()));
    assert_eq!(chatting().hear(frame), [typing]);
}

fn nobody_types(frame: &Value) {
    assert_eq!(chatting().hear(frame), [Incoming::Typing(room(), None)]);
}

fn no_news(frame: &Value) {
    assert_eq!(chatting().hear(frame), [Incoming::Unknown]);
}

fn a_sign_of_life(frame: &Value) {
    assert_eq!(chatting().hear(frame), [Incoming::Alive]);
}

fn a_confirmation(frame: &Value) {
    assert_eq!(chatting().hear(frame), [Incoming::Live]);
}

fn a_rejection(frame: &Value) {
    assert_eq!(chatting().hear(frame), [Incoming::Over(false)]);
}

fn a_restart(frame: &Value) {
    assert_eq!(chatting().hear(frame), [Incoming::Over(true)]);
}

fn what_we_subscribe_with(frame: &Value) {
    let frames = chatting().0.greet().frames;
    assert_eq!(frames.len(), 1);
    let said: Value = serde_json::from_str(&frames[0]).unwrap();
    assert_eq!(said, *frame);
}

fn what_we_say_to_be_here(frame: &Value) {
    let said = chatting().0.presence().unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said, *frame);
}

// ---- what is in them ----

/// When the conversation of the fixtures began, in ms.
const MORNING: i64 = 1_772_720_400_000;
const THEIRS: &str = "Good day, **what** plant do you mean?";
const OWN: &str = "The tall green one";

fn own() -> Message {
    Message {
        id: id(603),
        conversation: Some(room()),
        uid: Some(Uid("uid-1".into())),
        author: Author::Me,
        content: Some(Content::Text(OWN.into())),
        at: Timestamp(MORNING + 610_000),
        seen: false,
    }
}

fn picture() -> FileContent {
    let url = "https://files.example.org/rails/active_storage/blobs/redirect/b1--77/fern.png";
    FileContent {
        kind: FileKind::Image,
        url: url.into(),
        name: "fern.png".into(),
        mime: Some("image/png".into()),
        size: Some(20_480),
        dimensions: Some((640, 360)),
    }
}

fn message(frame: &Value) -> Message {
    let mut heard = chatting().hear(frame);
    match (heard.pop(), heard.is_empty()) {
        (Some(Incoming::Message(message)), true) => message,
        other => panic!("{other:?}"),
    }
}

/// What a message says that is Markdown and nothing else.
fn markdown(message: &Message) -> &str {
    match &message.content {
        Some(Content::Rich(rich)) if rich.files.is_empty() && rich.parts.is_empty() => &rich.text,
        other => panic!("{other:?}"),
    }
}

/// Whether it is over, whether somebody has joined, until when it was seen.
fn standing(frame: &Value, expected: (bool, Option<bool>, Option<i64>)) {
    let mut heard = chatting().hear(frame);
    let (Some(Incoming::Conversation(info)), true) = (heard.pop(), heard.is_empty()) else {
        panic!("no conversation");
    };
    assert_eq!(info.id, Some(room()));
    let seen_until = info.seen_until.map(|at| at.0);
    assert_eq!((info.closed, info.joined, seen_until), expected);
}
