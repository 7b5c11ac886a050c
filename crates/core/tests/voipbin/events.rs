//! What comes through the socket (contract 3.4; 6, 19, 20, 26).

use concierge_core::backend::{Backend, Incoming};
use concierge_core::{Author, Content};
use serde_json::{Value, json};

use crate::*;

fn wrapped(kind: &str, data: &Value) -> Value {
    json!({"type": kind, "data": data})
}

fn documented(kind: &str, data: &Value) -> Value {
    json!({"event_type": kind, "timestamp": "2026-03-04T07:05:07Z", "topic": "agent_id:x", "data": data})
}

fn message(incoming: Incoming) -> Message {
    match incoming {
        Incoming::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_comes_in_three_shapes() {
    for (kind, row, is_talk) in [
        ("messagechatroom_created", copy(7, PEER, "hi"), false),
        ("messagechatroom_updated", copy(7, PEER, "hi"), false),
        ("chatmessage_created", said(7, PEER, "hi"), true),
        ("chatmessage_reaction_updated", said(7, PEER, "hi"), true),
        ("message_created", said(7, PEER, "hi"), true),
        ("message_reaction_updated", said(7, PEER, "hi"), true),
    ] {
        for frame in [wrapped(kind, &row), documented(kind, &row), row.clone()] {
            let mut adapter = if is_talk { talk() } else { legacy() };
            let message = message(event(&mut adapter, &frame));
            assert_eq!(message.id.name(), "message-7");
            assert_eq!(message.conversation, Some(room("room-1")));
            assert_eq!(message.author, Author::Them);
            assert_eq!(message.content, Some(Content::Text("hi".into())));
            assert!(!message.seen);
        }
    }
}

#[test]
fn a_doubled_event_is_the_same_message() {
    let mut adapter = talk();
    let first = message(event(&mut adapter, &said(7, PEER, "hi")));
    let second = message(event(
        &mut adapter,
        &wrapped("chatmessage_created", &said(7, PEER, "hi")),
    ));
    assert_eq!(first, second);
}

#[test]
fn a_message_that_is_gone_is_told_in_three_shapes() {
    for (kind, row, is_talk) in [
        ("messagechatroom_deleted", copy(7, PEER, "hi"), false),
        ("chatmessage_deleted", said(7, PEER, "hi"), true),
        ("message_deleted", said(7, PEER, "hi"), true),
    ] {
        let mut dead = row.clone();
        dead["tm_delete"] = json!("2026-03-04 08:00:00.000000");
        for frame in [wrapped(kind, &row), documented(kind, &row), dead] {
            let mut adapter = if is_talk { talk() } else { legacy() };
            let Incoming::Gone(id) = event(&mut adapter, &frame) else {
                panic!("{frame}");
            };
            assert_eq!(id.name(), "message-7");
        }
    }
}

#[test]
fn the_chat_s_own_row_of_a_legacy_message_is_a_reason_to_read_the_copy() {
    let mut master = copy(7, PEER, "hi");
    let fields = master.as_object_mut().unwrap();
    fields.remove("chatroom_id");
    fields.remove("messagechat_id");
    fields.insert("chat_id".into(), json!("chat-of-room-1"));
    for frame in [wrapped("messagechat_created", &master), master] {
        assert_eq!(event(&mut legacy(), &frame), Incoming::News);
    }
}

#[test]
fn copies_of_others_and_of_the_other_chat_are_not_shown() {
    let mut foreign = copy(7, PEER, "hi");
    foreign["owner_id"] = json!(PEER);
    assert_eq!(event(&mut legacy(), &foreign), Incoming::Unknown);
    assert_eq!(event(&mut talk(), &copy(7, PEER, "hi")), Incoming::Unknown);
    let mut foreign = said(7, PEER, "hi");
    foreign["customer_id"] = json!("another company");
    assert_eq!(event(&mut talk(), &foreign), Incoming::Unknown);
}

#[test]
fn a_room_that_is_gone_is_over() {
    let mut dead = chat("r", 1, "x");
    dead["tm_delete"] = json!("2026-03-04T08:00:00Z");
    for (frame, is_talk) in [
        (wrapped("chatroom_deleted", &chatroom("r", 1, "x")), false),
        (wrapped("chat_deleted", &chat("r", 1, "x")), true),
        (dead, true),
    ] {
        let mut adapter = if is_talk { talk() } else { legacy() };
        let Incoming::Conversation(info) = event(&mut adapter, &frame) else {
            panic!("{frame}");
        };
        assert!(info.closed);
        assert_eq!(info.id, Some(room("r")));
    }
}

#[test]
fn other_changes_are_news_to_be_read() {
    let person = json!({"id": "p", "customer_id": COMPANY, "owner_id": PEER, "chat_id": "room-1", "tm_joined": "2026-03-04T07:05:07Z"});
    for frame in [
        wrapped("chatroom_created", &chatroom("r", 1, "x")),
        wrapped("chatroom_updated", &chatroom("r", 1, "x")),
        wrapped("chat_created", &chat("r", 1, "x")),
        wrapped("chat_updated", &chat("r", 1, "x")),
        wrapped("chatparticipant_added", &person),
        wrapped("chatparticipant_removed", &person),
        wrapped("participant_added", &person),
        wrapped("participant_removed", &person),
        person,
        chat("r", 1, "x"),
        json!({"id": "r", "type": "group"}),
        chatroom("r", 1, "x"),
    ] {
        assert_eq!(event(&mut talk(), &frame), Incoming::News, "{frame}");
    }
}

#[test]
fn everything_else_is_unknown() {
    for frame in [
        json!(null),
        json!(7),
        json!([]),
        json!({}),
        json!({"type": "normal"}),
        json!({"type": "normal", "data": {"id": "x"}}),
        json!({"type": "call_created", "data": {"id": "x"}}),
        json!({"type": "message_created", "data": {"text": "no id"}}),
        json!({"type": "message_created", "data": [said(7, PEER, "hi")]}),
        json!({"type": "chat_updated", "data": {}}),
        json!({"type": "webchat_message_created", "data": said(7, PEER, "hi")}),
        json!({"type": "webchat_session_ended", "data": {"id": "s", "widget_id": "w", "status": "ended"}}),
        json!({"id": "s", "session_id": "s", "direction": "inbound", "text": "hi"}),
    ] {
        assert_eq!(event(&mut talk(), &frame), Incoming::Unknown, "{frame}");
    }
    for noise in ["", "pong", "{", "\u{0}"] {
        assert_eq!(talk().decode(noise), [Incoming::Unknown]);
    }
}
