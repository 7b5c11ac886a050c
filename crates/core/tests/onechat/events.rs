//! The WebSocket: where it is, what is said to it and what comes in (contract
//! 3.7, 3.8).

use concierge_core::backend::onechat::{OneChat, Settings};
use concierge_core::backend::{Backend, Call, Incoming, Message};
use concierge_core::{Author, ConversationId, Timestamp, Uid};
use serde_json::{Value, json};

use crate::fixtures::*;

fn door(chat: &Chat) -> (String, Vec<&'static str>) {
    let door = chat.0.door(&none()).unwrap().unwrap();
    (door.url.0, door.protocols.to_vec())
}

fn one(mut incoming: Vec<Incoming>) -> Incoming {
    assert_eq!(incoming.len(), 1);
    incoming.remove(0)
}

fn message(incoming: Vec<Incoming>) -> Message {
    match one(incoming) {
        Incoming::Message(message) => message,
        other => panic!("{other:?}"),
    }
}

/// A message as events show it.
fn pushed(row: Value) -> Value {
    let row = with(row, "inbox_id", json!(3));
    let row = with(row, "private", json!(false));
    with(row, "updated_at", json!("2026-01-02T03:04:05.678Z"))
}

#[test]
fn the_door_is_beside_the_api_and_opens_with_a_token_only() {
    assert_eq!(chat().0.door(&none()), Ok(None));
    let protocols = vec!["actioncable-v1-json", "actioncable-unsupported"];
    assert_eq!(
        door(&chatting()),
        ("wss://help.example.org/cable".into(), protocols)
    );
    for (api_url, socket_url, url) in [
        (
            "http://127.0.0.1:3000",
            None,
            Some("ws://127.0.0.1:3000/cable"),
        ),
        (
            "/proxy",
            Some("wss://live.example.org/cable"),
            Some("wss://live.example.org/cable"),
        ),
        ("/proxy", None, None),
    ] {
        let mut chat = Chat(OneChat::new(Settings {
            api_url: api_url.into(),
            socket_url: socket_url.map(str::to_owned),
            ..settings()
        }));
        chat.begin();
        let door = chat.0.door(&none()).unwrap();
        assert_eq!(door.map(|door| door.url.0).as_deref(), url);
    }
}

#[test]
fn a_socket_that_says_nothing_is_tried_without_sub_protocols() {
    let mut chat = chatting();
    let counts: Vec<usize> = (0..3).map(|_| door(&chat).1.len()).collect();
    assert_eq!(counts, [2, 0, 2]);
    door(&chat);
    chat.hear(&json!({"type": "welcome"}));
    // What has worked is kept.
    assert_eq!(door(&chat).1.len(), 0);
}

#[test]
fn the_subscription_is_named_the_same_each_time() {
    let chat = chatting();
    let identifier = r#"{"channel":"RoomChannel","pubsub_token":"stream-key"}"#;
    let greeting = chat.0.greet();
    assert!(greeting.confirmed);
    assert_eq!(greeting.frames.len(), 1);
    let frame: Value = serde_json::from_str(&greeting.frames[0]).unwrap();
    assert_eq!(
        frame,
        json!({"command": "subscribe", "identifier": identifier})
    );
    let frame: Value = serde_json::from_str(&chat.0.presence().unwrap()).unwrap();
    assert_eq!(
        frame,
        json!({"command": "message", "identifier": identifier,
            "data": r#"{"action":"update_presence"}"#})
    );
    assert_eq!(crate::fixtures::chat().0.presence(), None);
}

#[test]
fn the_socket_shows_that_it_is_there_and_live() {
    let mut chat = chatting();
    assert_eq!(chat.hear(&json!({"type": "welcome"})), [Incoming::Alive]);
    let ping = json!({"type": "ping", "message": 1_700_000_000});
    assert_eq!(chat.hear(&ping), [Incoming::Alive]);
    let confirm = json!({"identifier": "x", "type": "confirm_subscription"});
    assert_eq!(chat.hear(&confirm), [Incoming::Live]);
}

#[test]
fn the_socket_says_when_it_ends_and_whether_it_may_be_opened_again() {
    let mut chat = chatting();
    for (frame, again) in [
        (
            json!({"type": "reject_subscription", "identifier": "x"}),
            false,
        ),
        (
            json!({"type": "disconnect", "reason": "unauthorized", "reconnect": false}),
            false,
        ),
        (
            json!({"type": "disconnect", "reason": "server_restart", "reconnect": true}),
            true,
        ),
        (json!({"type": "disconnect", "reason": null}), true),
    ] {
        assert_eq!(chat.hear(&frame), [Incoming::Over(again)]);
    }
}

#[test]
fn messages_come_as_they_are_written() {
    let mut chat = chatting();
    let agent = message(chat.event("message.created", &pushed(theirs(210, "Hi"))));
    assert_eq!(agent.author, Author::Them);
    assert_eq!(agent.conversation, Some(room()));
    assert!(!agent.seen);
    let template = with(pushed(theirs(211, "Away")), "message_type", json!(3));
    assert_eq!(
        message(chat.event("message.created", &template)).author,
        Author::Them
    );
    // The own one comes back under the name that it was given.
    let own = with(pushed(mine(212, "Yes")), "echo_id", json!("uid-1"));
    let own = message(chat.event("message.created", &own));
    assert_eq!(own.uid, Some(Uid("uid-1".into())));
    assert_eq!(own.author, Author::Me);
    // One that was read elsewhere.
    let read = with(pushed(theirs(210, "Hi")), "status", json!("read"));
    assert!(message(chat.event("message.updated", &read)).seen);
    // Another conversation's says so.
    let other = with(pushed(theirs(213, "There")), "conversation_id", json!(60));
    let other = message(chat.event("message.created", &other));
    assert_eq!(other.conversation, Some(ConversationId("60".into())));
}

#[test]
fn a_message_that_is_taken_back_is_gone() {
    let mut chat = chatting();
    let gone = with(
        pushed(theirs(210, "This message was deleted")),
        "content_attributes",
        json!({"deleted": true}),
    );
    assert_eq!(
        chat.event("message.updated", &gone),
        [Incoming::Gone(id(210))]
    );
}

#[test]
fn what_is_not_for_the_visitor_is_dropped() {
    let mut chat = chatting();
    for row in [
        with(pushed(theirs(1, "note")), "private", json!(true)),
        with(pushed(theirs(1, "Kim took it")), "message_type", json!(2)),
        with(
            pushed(theirs(1, "Kim took it")),
            "message_type",
            json!("activity"),
        ),
        with(pushed(theirs(1, "By mail")), "inbox_id", json!(77)),
    ] {
        assert_eq!(chat.event("message.created", &row), []);
    }
}

#[test]
fn a_conversation_tells_where_it_stands() {
    let mut chat = chatting();
    let row = |status: &str, assignee: Value| {
        json!({"id": 52, "inbox_id": 3, "status": status, "messages": [], "labels": [],
            "meta": {"sender": {"id": 9}, "assignee": assignee},
            "agent_last_seen_at": 1_700_000_500, "contact_last_seen_at": 1_700_000_450,
            "updated_at": 1_700_000_500.25})
    };
    for (name, status, assignee, closed, joined) in [
        ("conversation.created", "open", Value::Null, false, false),
        (
            "conversation.updated",
            "pending",
            json!({"id": 4}),
            false,
            true,
        ),
        (
            "conversation.updated",
            "snoozed",
            json!({"id": 4}),
            false,
            true,
        ),
        (
            "conversation.status_changed",
            "resolved",
            json!({"id": 4}),
            true,
            true,
        ),
        (
            "conversation.status_changed",
            "hibernating",
            Value::Null,
            false,
            false,
        ),
    ] {
        let Incoming::Conversation(info) = one(chat.event(name, &row(status, assignee))) else {
            panic!("{name}");
        };
        assert_eq!(info.id, Some(room()));
        assert_eq!(info.closed, closed, "{status}");
        assert_eq!(info.joined, Some(joined));
        assert_eq!(info.seen_until, Some(Timestamp(1_700_000_500_000)));
    }
    // What it says of what was seen counts from here on.
    let rows = json!([
        theirs(450, "a"),
        theirs(451, "b"),
        mine(500, "c"),
        mine(501, "d")
    ]);
    let seen: Vec<bool> = chat.read(&rows).iter().map(|it| it.seen).collect();
    assert_eq!(seen, [true, false, true, false]);
    let elsewhere = with(row("resolved", Value::Null), "inbox_id", json!(77));
    assert_eq!(chat.event("conversation.updated", &elsewhere), []);
}

#[test]
fn a_conversation_that_was_never_looked_at_says_nothing_of_that() {
    let mut chat = chatting();
    let row = json!({"id": 52, "status": "open", "agent_last_seen_at": 0});
    let Incoming::Conversation(info) = one(chat.event("conversation.updated", &row)) else {
        panic!("no conversation");
    };
    assert_eq!((info.seen_until, info.joined), (None, None));
}

#[test]
fn somebody_types_and_stops() {
    let mut chat = chatting();
    let data = json!({"conversation": {"id": 52, "inbox_id": 3}, "is_private": false,
        "user": {"id": 4, "name": "Kim B.", "available_name": "Kim", "type": "user"}});
    assert_eq!(
        chat.event("conversation.typing_on", &data),
        [Incoming::Typing(room(), Some("Kim".into()))]
    );
    assert_eq!(
        chat.event("conversation.typing_off", &data),
        [Incoming::Typing(room(), None)]
    );
    let bot = with(
        data.clone(),
        "user",
        json!({"id": 4, "name": "Bot", "available_name": ""}),
    );
    assert_eq!(
        chat.event("conversation.typing_on", &bot),
        [Incoming::Typing(room(), Some("Bot".into()))]
    );
    let nobody = with(data.clone(), "user", Value::Null);
    assert_eq!(
        chat.event("conversation.typing_on", &nobody),
        [Incoming::Typing(room(), Some(String::new()))]
    );
    let note = with(data.clone(), "is_private", json!(true));
    assert_eq!(chat.event("conversation.typing_on", &note), []);
    let elsewhere = with(data, "conversation", json!({"id": 5, "inbox_id": 77}));
    assert_eq!(chat.event("conversation.typing_on", &elsewhere), []);
}

#[test]
fn a_contact_that_was_merged_listens_with_its_new_token() {
    let mut chat = chatting();
    let data = json!({"pubsub_token": "merged-key"});
    assert_eq!(chat.event("contact.merged", &data), [Incoming::Over(true)]);
    assert!(chat.0.greet().frames[0].contains("merged-key"));
    assert!(chat.0.keep().unwrap().contains("merged-key"));
    // Without one it is asked for.
    let mut chat = chatting();
    assert_eq!(
        chat.event("contact.merged", &json!({})),
        [Incoming::Over(true)]
    );
    assert_eq!(chat.ask(&history()).0, format!("GET {}", contact()));
}

#[test]
fn all_other_events_are_unknown() {
    let mut chat = chatting();
    for name in [
        "presence.update",
        "call.created",
        "call.ended",
        "call.rejected",
        "assignee.changed",
        "conversation.read",
        "conversation.recording",
        "contact.updated",
        "notification.created",
    ] {
        let data = json!({"users": {"4": "online"}, "room_id": "r"});
        assert_eq!(chat.event(name, &data), [Incoming::Unknown], "{name}");
    }
}

#[test]
fn a_token_that_is_never_confirmed_is_asked_for_once_a_greeting() {
    let mut chat = chatting();
    let messages = format!("GET {}/conversations/52/messages", contact());
    assert_eq!(chat.ask(&history()).0, messages);
    chat.0.greet();
    // Older messages can wait for nothing.
    let older = Call::History(room(), page(Some(9)));
    assert!(chat.ask(&older).0.starts_with(&messages));
    assert_eq!(chat.ask(&history()).0, format!("GET {}", contact()));
    assert_eq!(chat.ask(&history()).0, messages);
    // A contact that cannot be read keeps nobody from reading messages.
    chat.0.greet();
    chat.ask(&history());
    assert_eq!(chat.next(&history(), 500, &json!({})).0, messages);
    // What is confirmed is good.
    chat.0.greet();
    chat.hear(&json!({"type": "confirm_subscription"}));
    assert_eq!(chat.ask(&history()).0, messages);
}
