//! The bodies of the contract in files, with values of our own: what is asked,
//! what is answered, errors (contract 3, 4.2, 7).

use concierge_core::backend::onesmile::OneSmile;
use concierge_core::backend::{RefusalKind, Reply};
use concierge_core::{Author, FileContent, FileKind};

use crate::in_files::{self, Case};
use crate::*;

const CASES: [(&str, Case); 19] = [
    ("answer_of_a_newer_kind", a_newer_answer),
    ("create_answer", a_room_made),
    ("create_answer_empty", no_room_made),
    ("create_answer_without_a_room", no_room_made),
    ("create_request", what_makes_a_room),
    ("detail_answer", a_page),
    ("detail_answer_of_one", one_row_that_says_nothing),
    ("detail_request", what_asks_for_a_page),
    ("error_in_words", rejected_in_words),
    ("error_of_a_field", rejected_for_a_field),
    ("error_of_the_server", in_doubt),
    ("error_refused", refused_with_success),
    ("error_token", without_a_token),
    ("error_with_data", rejected_with_data),
    ("list_answer", the_rooms),
    ("list_request", what_asks_for_the_rooms),
    ("send_answer", a_message_sent),
    ("send_answer_without_text", a_message_sent),
    ("send_request", what_is_sent),
];

#[test]
fn no_fixture_of_onesmile_is_read_by_nobody() {
    in_files::no_file_is_left_out("onesmile", &CASES);
}

#[test]
fn each_fixture_of_onesmile_is_read_as_what_it_is() {
    in_files::read_all("onesmile", &CASES);
}

// ---- what is asked ----

fn what_makes_a_room(body: &Value) {
    assert_eq!(asked(&Call::Begin), *body);
}

fn what_asks_for_the_rooms(body: &Value) {
    assert_eq!(asked(&Call::Rooms), *body);
}

fn what_asks_for_a_page(body: &Value) {
    assert_eq!(asked(&newest()), *body);
}

fn what_is_sent(body: &Value) {
    assert_eq!(asked(&send(SAID)), *body);
}

// ---- what is answered ----

fn a_room_made(body: &Value) {
    let made = outcome(&mut adapter(), &Call::Begin, 200, body);
    assert_eq!(conversation(made).as_deref(), Some("700"));
}

fn no_room_made(body: &Value) {
    let refusal = outcome(&mut adapter(), &Call::Begin, 200, body).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Rejected);
}

fn the_rooms(body: &Value) {
    // The room of the recipient is the conversation.
    let found = outcome(&mut adapter(), &Call::Look, 200, body);
    assert_eq!(conversation(found).as_deref(), Some("700"));
    assert_eq!(
        outcome(&mut adapter(), &Call::Unread, 200, body),
        Ok(Reply::Unread(3))
    );
    // Where the site names none all are shown.
    let mut adapter = OneSmile::new(Settings {
        recipient_id: None,
        ..settings()
    });
    let listed = rooms(outcome(&mut adapter, &Call::Rooms, 200, body));
    let shown: Vec<(&str, &str, &str, u32, i64)> = listed
        .iter()
        .map(|room| {
            let Room {
                id,
                title,
                last,
                at,
                unread,
            } = room;
            (id.0.as_str(), title.as_str(), last.as_str(), *unread, at.0)
        })
        .collect();
    let expected = [
        ("700", "Garden Desk", "the seeds have come", 3, at(12)),
        ("655", "", "", 0, at(2)),
    ];
    assert_eq!(shown, expected);
}

fn a_page(body: &Value) {
    let page = read(body);
    let rows: Vec<(&str, &Author, i64)> = page
        .iter()
        .map(|it| (it.id.name(), &it.author, it.at.0))
        .collect();
    let ids = [uuid(31), uuid(32), uuid(33)];
    let expected = [
        (ids[0].as_str(), &Author::Them, at(5)),
        (ids[1].as_str(), &Author::Me, at(7)),
        (ids[2].as_str(), &Author::Them, at(9)),
    ];
    assert_eq!(rows, expected);
    let said = ["good morning", "which bed is mine?", "the plan of the beds"];
    assert_eq!(page[0].content, Some(Content::Text(said[0].into())));
    assert_eq!(page[1].content, Some(Content::Text(said[1].into())));
    let Some(Content::Rich(rich)) = &page[2].content else {
        panic!("no picture");
    };
    let plan = FileContent {
        kind: FileKind::Image,
        url: "https://files.example.org/beds/plan.png".into(),
        name: "plan.png".into(),
        mime: None,
        size: None,
        dimensions: None,
    };
    assert_eq!((rich.text.as_str(), &rich.files), (said[2], &vec![plan]));
}

fn one_row_that_says_nothing(body: &Value) {
    assert_eq!(read(body), []);
    // It is a row all the same: with a text it is one message.
    let mut body = body.clone();
    body["room_detail"]["message"] = json!("hello");
    assert_eq!(texts(&read(&body)), ["hello"]);
}

fn a_newer_answer(body: &Value) {
    assert_eq!(texts(&read(body)), ["good morning"]);
}

fn a_message_sent(body: &Value) {
    let Ok(Reply::Sent(message)) = outcome(&mut adapter(), &send(SAID), 200, body) else {
        panic!("not sent");
    };
    assert_eq!(message.id.name(), uuid(41));
    assert_eq!(message.author, Author::Me);
    assert_eq!(message.at.0, at(21));
    assert_eq!(message.content, Some(Content::Text(SAID.into())));
}

// ---- errors ----

fn refused_with_success(body: &Value) {
    is_refused(
        200,
        body,
        RefusalKind::Rejected,
        Some("The desk is closed."),
    );
}

fn without_a_token(body: &Value) {
    for status in [200, 400] {
        let words = Some("Invalid Parameters");
        is_refused(status, body, RefusalKind::Token, words);
    }
}

fn rejected_with_data(body: &Value) {
    let words = Some("A recipient is needed.");
    is_refused(400, body, RefusalKind::Rejected, words);
}

fn rejected_for_a_field(body: &Value) {
    is_refused(
        400,
        body,
        RefusalKind::Rejected,
        Some("message is too long"),
    );
}

fn rejected_in_words(body: &Value) {
    is_refused(
        400,
        body,
        RefusalKind::Rejected,
        Some("Error: no such room"),
    );
}

fn in_doubt(body: &Value) {
    is_refused(500, body, RefusalKind::Unclear, None);
}

// ---- what is in them ----

const SAID: &str = "number six, thanks";

fn uuid(number: u32) -> String {
    format!("7f3c0000-0000-4000-8000-{number:012}")
}

/// This second of 09:30 in Jakarta.
fn at(second: i64) -> i64 {
    1_772_591_400_000 + second * 1_000
}

fn asked(call: &Call) -> Value {
    body(&ask(&mut adapter(), call))
}

fn read(body: &Value) -> Vec<Message> {
    messages(outcome(&mut adapter(), &newest(), 200, body))
}

fn is_refused(status: u16, body: &Value, kind: RefusalKind, words: Option<&str>) {
    for call in [send("hi"), newest(), Call::Look] {
        let refusal = outcome(&mut adapter(), &call, status, body).unwrap_err();
        assert_eq!((refusal.kind, refusal.text.as_deref()), (kind, words));
    }
}
