//! OneSmile's wire, row by row of its contract, and a story or two of a session
//! that speaks it.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test looks at one of many kinds, and fails at all others"
)]

mod answers;
#[path = "../fixtures/mod.rs"]
mod in_files;
mod messages;
mod mutations;
mod requests;
mod rooms;
mod shapes;
mod stories;
mod uploads;

use concierge_core::backend::onesmile::{OneSmile, Settings, UploadMode};
use concierge_core::backend::{
    Answer, Backend, Below, Call, Message, Outcome, Outgoing, Page, PageSize, Reply,
};
use concierge_core::model::Room;
use concierge_core::{
    Content, ConversationId, MessageId, Request, Response, Secret, Timestamp, Uid,
};
use serde_json::{Value, json};

/// The visitor, in most tests.
const ME: &str = "81";
/// Their partner.
const DESK: &str = "GARDEN_DESK|4";

fn settings() -> Settings {
    Settings {
        api_url: "https://smile.example.org/api-v2/".into(),
        token_prefix: String::new(),
        api_key: None,
        recipient_id: Some(DESK.into()),
        room_id: None,
        member_id: Some(ME.into()),
        role: None,
        room_type: None,
        upload: UploadMode::Off,
        time_zone: None,
        page_size: 4,
    }
}

fn adapter() -> OneSmile {
    OneSmile::new(settings())
}

fn token() -> Secret {
    Secret("member-token".into())
}

fn room(id: &str) -> ConversationId {
    ConversationId(id.into())
}

fn send(text: &str) -> Call {
    Call::Send(room("700"), Uid("u-1".into()), Content::Text(text.into()))
}

fn newest() -> Call {
    history(1, None)
}

fn history(number: u32, below: Option<u32>) -> Call {
    let below = below.map(|count| Below {
        id: MessageId("x".into()),
        at: Timestamp(0),
        count,
    });
    let page = Page {
        number,
        size: PageSize::Usual,
        below,
    };
    Call::History(room("700"), page)
}

/// The request that a call is.
fn ask(adapter: &mut OneSmile, call: &Call) -> Request {
    match adapter.encode(call, &token()) {
        Outgoing::Request(request) => request,
        other => panic!("{call:?} is {other:?}"),
    }
}

fn body(request: &Request) -> Value {
    let body = request.body.as_ref().expect("a body");
    serde_json::from_str(&body.0).expect("JSON")
}

fn command(request: &Request) -> &str {
    request
        .url
        .0
        .strip_prefix("https://smile.example.org/api-v2/")
        .expect("a command")
}

/// What an answer comes to.
fn answer(adapter: &mut OneSmile, call: &Call, status: u16, body: &str) -> Answer {
    let body = body.into();
    adapter.answer(call, &Response { status, body }, &token())
}

/// Asks, and is answered at once and for good.
fn outcome(adapter: &mut OneSmile, call: &Call, status: u16, body: &Value) -> Outcome {
    ask(adapter, call);
    match answer(adapter, call, status, &body.to_string()) {
        Answer::Done(outcome) => outcome,
        Answer::Next(request) => panic!("{call:?} goes on with {}", request.url.0),
    }
}

/// Asks until it is over; each request is answered by `serve`.
fn run(
    adapter: &mut OneSmile,
    call: &Call,
    mut serve: impl FnMut(&str, &Value) -> Value,
) -> Outcome {
    let mut request = ask(adapter, call);
    loop {
        let told = serve(command(&request), &body(&request));
        match answer(adapter, call, 200, &told.to_string()) {
            Answer::Done(outcome) => return outcome,
            Answer::Next(next) => request = next,
        }
    }
}

fn messages(outcome: Outcome) -> Vec<Message> {
    match outcome {
        Ok(Reply::Messages(mut messages)) => {
            messages.sort_by(|one, two| one.id.0.cmp(&two.id.0));
            messages
        }
        other => panic!("{other:?}"),
    }
}

fn rooms(outcome: Outcome) -> Vec<Room> {
    match outcome {
        Ok(Reply::Rooms(rooms)) => rooms,
        other => panic!("{other:?}"),
    }
}

/// The room that was found; `None` when the first message makes one.
fn conversation(outcome: Outcome) -> Option<String> {
    match outcome {
        Ok(Reply::Conversation(info)) => info.id.map(|id| id.0),
        other => panic!("{other:?}"),
    }
}

fn texts(messages: &[Message]) -> Vec<&str> {
    let content = messages
        .iter()
        .filter_map(|message| message.content.as_ref());
    content.map(Content::preview).collect()
}

/// A row of a page: number, member, second of the minute and text.
fn row(id: u32, member: &str, second: u32, text: &str) -> Value {
    json!({
        "id": id,
        "room_id": 700,
        "member_id": member,
        "created_date": format!("2026-03-04 09:30:{second:02}.000500"),
        "message": text,
        "status": 2,
        "recipient_id": if member == ME { DESK } else { ME },
        "image": null,
        "document": "",
        "produk_id": 0,
        "role": 0,
        "message_uuid": format!("7f3c0000-0000-4000-8000-{id:012}"),
        "message_room_uuid": "11110000-0000-4000-8000-000000000000",
        "fullname": "",
        "room_name": "",
        "member_photo": "https://smile.example.org/p.png",
    })
}

fn page(rows: &[Value]) -> Value {
    json!({"success": true, "msg": "OK", "room_detail": rows})
}

/// A room of the list: id, recipient, second of the minute, unseen.
fn listed(id: u32, recipient: &str, second: u32, unseen: u32) -> Value {
    json!({
        "room_id": id,
        "created_date": format!("2026-03-04 09:30:{second:02}.000500"),
        "message": "see you",
        "fullname": format!("Desk {id}"),
        "member_photo": "https://smile.example.org/p.png",
        "recipient_id": recipient,
        "tgl": "4 Mar 2026",
        "un_seen": unseen,
    })
}

fn list(rows: &[Value]) -> Value {
    json!({"success": true, "msg": "OK", "response": rows})
}

fn refused() -> Value {
    json!({"success": false, "msg": "no such room"})
}
