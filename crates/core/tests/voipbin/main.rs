//! VoIPBIN's wire, row by row of its contract, and a story or two of a session
//! that speaks it.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "a test looks at one of many kinds, and fails at all others"
)]

mod answers;
mod detecting;
mod events;
mod files;
#[path = "../fixtures/mod.rs"]
mod in_files;
mod messages;
mod mutations;
mod requests;
mod rooms;
mod shapes;
mod stories;

use concierge_core::backend::voipbin::{ChatApi, Settings, VoipBin};
use concierge_core::backend::{
    Answer, Backend, Below, Call, Incoming, Message, Outcome, Outgoing, Page, PageSize, Reply,
};
use concierge_core::model::Room;
use concierge_core::{
    Content, ConversationId, MessageId, Request, Response, Secret, Timestamp, Uid,
};
use serde_json::{Value, json};

const ME: &str = "aaaa1111-0000-4000-8000-000000000001";
const PEER: &str = "bbbb2222-0000-4000-8000-000000000002";
const THIRD: &str = "cccc3333-0000-4000-8000-000000000003";
const COMPANY: &str = "eeee5555-0000-4000-8000-000000000005";
const NOBODY: &str = "00000000-0000-0000-0000-000000000000";
const AGENTS: &str = "https://phone.example.org/v1.0/service_agents/";

fn settings(chat_api: ChatApi) -> Settings {
    Settings {
        api_url: "https://phone.example.org/v1.0".into(),
        socket_url: None,
        agent_id: ME.into(),
        customer_id: Some(COMPANY.into()),
        chat_api,
        upload_url: None,
    }
}

fn legacy() -> VoipBin {
    VoipBin::new(settings(ChatApi::Legacy))
}

fn talk() -> VoipBin {
    VoipBin::new(settings(ChatApi::Talk))
}

/// The site has an endpoint of its own for files.
fn with_endpoint(chat_api: ChatApi, url: &str) -> VoipBin {
    VoipBin::new(Settings {
        upload_url: Some(url.into()),
        ..settings(chat_api)
    })
}

fn both() -> [VoipBin; 2] {
    [legacy(), talk()]
}

fn token() -> Secret {
    Secret("agent.token".into())
}

fn room(id: &str) -> ConversationId {
    ConversationId(id.into())
}

fn send(text: &str) -> Call {
    let content = Content::Text(text.into());
    Call::Send(room("room-1"), Uid("u-1".into()), content)
}

fn newest() -> Call {
    history(None)
}

fn history(below: Option<i64>) -> Call {
    let below = below.map(|at| Below {
        id: MessageId("x".into()),
        at: Timestamp(at),
        count: 3,
    });
    let page = Page {
        number: 1,
        size: PageSize::Usual,
        below,
    };
    Call::History(room("room-1"), page)
}

/// The request that a call is.
fn ask(adapter: &mut VoipBin, call: &Call) -> Request {
    match adapter.encode(call, &token()) {
        Outgoing::Request(request) => request,
        other => panic!("{call:?} is {other:?}"),
    }
}

fn body(request: &Request) -> Value {
    let body = request.body.as_ref().expect("a body");
    serde_json::from_str(&body.0).expect("JSON")
}

/// Method and path of a request.
fn line(request: &Request) -> String {
    let path = request.url.0.strip_prefix(AGENTS).expect("a path");
    [request.method, " ", path].concat()
}

/// What an answer comes to.
fn answer(adapter: &mut VoipBin, call: &Call, status: u16, body: &str) -> Answer {
    let body = body.into();
    adapter.answer(call, &Response { status, body }, &token())
}

/// Asks, and is answered at once and for good.
fn outcome(adapter: &mut VoipBin, call: &Call, status: u16, body: &Value) -> Outcome {
    ask(adapter, call);
    match answer(adapter, call, status, &body.to_string()) {
        Answer::Done(outcome) => outcome,
        Answer::Next(request) => panic!("{call:?} goes on with {}", line(&request)),
    }
}

/// Asks until it is over; each request is answered by `serve`.
fn run(adapter: &mut VoipBin, call: &Call, mut serve: impl FnMut(&str) -> (u16, Value)) -> Outcome {
    let mut request = ask(adapter, call);
    loop {
        let (status, told) = serve(&line(&request));
        match answer(adapter, call, status, &told.to_string()) {
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

fn read(adapter: &mut VoipBin, rows: &[Value]) -> Vec<Message> {
    messages(outcome(adapter, &newest(), 200, &list(rows)))
}

/// Whether the list looks into a room with this.
fn is_look(line: &str) -> bool {
    line.contains("messages?") && line.contains("&page_size=20")
}

/// The list of rooms, on these pages; `look` answers what is asked of each room.
fn rooms_of(
    adapter: &mut VoipBin,
    pages: &[Value],
    mut look: impl FnMut(&str) -> (u16, Value),
) -> Vec<Room> {
    let mut pages = pages.iter();
    let outcome = run(adapter, &Call::Rooms, |line| {
        if is_look(line) {
            return look(line);
        }
        (200, pages.next().expect("no more pages").clone())
    });
    match outcome {
        Ok(Reply::Rooms(rooms)) => rooms,
        other => panic!("{other:?}"),
    }
}

/// The list of rooms, which is one page; no other room has messages.
fn rooms(adapter: &mut VoipBin, rows: &[Value]) -> Vec<Room> {
    let pages = [list(rows), list(&[])];
    rooms_of(adapter, &pages, |_| (200, list(&[])))
}

/// The room that was found, and whether it is over.
fn conversation(outcome: Outcome) -> (String, bool) {
    match outcome {
        Ok(Reply::Conversation(info)) => (info.id.expect("an id").0, info.closed),
        other => panic!("{other:?}"),
    }
}

fn event(adapter: &mut VoipBin, frame: &Value) -> Incoming {
    let mut all = adapter.decode(&frame.to_string());
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

fn list(rows: &[Value]) -> Value {
    let last = rows
        .last()
        .map_or(json!(""), |row| row["tm_create"].clone());
    json!({"result": rows, "next_page_token": last})
}

/// 07:05 of some day, at this second.
fn legacy_time(second: u32) -> String {
    format!("2026-03-04 07:05:{second:02}.250125")
}

fn at(second: u32) -> i64 {
    1_772_607_900_250 + i64::from(second) * 1_000
}

/// A copy of message `number` in the visitor's room.
fn copy(number: u32, author: &str, text: &str) -> Value {
    json!({
        "id": format!("copy-{number}"),
        "customer_id": COMPANY,
        "owner_type": "agent",
        "owner_id": ME,
        "chatroom_id": "room-1",
        "messagechat_id": format!("message-{number}"),
        "source": {"type": "agent", "target": author, "target_name": "", "name": "", "detail": ""},
        "type": "normal",
        "text": text,
        "medias": [],
        "tm_create": legacy_time(number),
        "tm_update": legacy_time(number),
        "tm_delete": "9999-01-01 00:00:00.000000",
    })
}

/// Message `number` of a talk.
fn said(number: u32, author: &str, text: &str) -> Value {
    json!({
        "id": format!("message-{number}"),
        "customer_id": COMPANY,
        "owner_type": "agent",
        "owner_id": author,
        "chat_id": "room-1",
        "type": "normal",
        "text": text,
        "medias": [],
        "metadata": {"reactions": []},
        "tm_create": format!("2026-03-04T07:05:{number:02}.250125Z"),
        "tm_update": null,
        "tm_delete": null,
    })
}

/// The same in the dialect of an adapter.
fn row(is_talk: bool, number: u32, author: &str, text: &str) -> Value {
    if is_talk {
        said(number, author, text)
    } else {
        copy(number, author, text)
    }
}

fn chatroom(id: &str, second: u32, name: &str) -> Value {
    json!({
        "id": id,
        "customer_id": COMPANY,
        "owner_type": "agent",
        "type": "normal",
        "chat_id": format!("chat-of-{id}"),
        "owner_id": ME,
        "room_owner_id": ME,
        "participant_ids": [PEER, ME],
        "name": name,
        "detail": "",
        "tm_create": legacy_time(second),
        "tm_update": legacy_time(second),
        "tm_delete": "9999-01-01 00:00:00.000000",
    })
}

fn chat(id: &str, second: u32, name: &str) -> Value {
    json!({
        "id": id,
        "customer_id": COMPANY,
        "type": "direct",
        "name": name,
        "member_count": 2,
        "tm_create": format!("2026-03-04T07:05:{second:02}.25Z"),
        "tm_update": null,
        "tm_delete": null,
    })
}

fn envelope(reason: &str, message: &str) -> Value {
    json!({"error": {"status": "X", "reason": reason, "message": message, "request_id": "req_1", "details": [{}]}})
}
