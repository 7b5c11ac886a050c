//! What the system's document leaves open, row by row (contract 6).

use concierge_core::backend::onechat::OneChat;
use concierge_core::backend::{Backend, Call, Incoming, RefusalKind, Reply};
use concierge_core::model::RichKind;
use concierge_core::{Author, Content, Timestamp, Uid};
use serde_json::{Value, json};

use crate::fixtures::*;

/// Row 1.
#[test]
fn paths_are_those_of_the_public_api() {
    let (line, _) = chat().ask(&Call::Look);
    assert_eq!(
        line,
        "GET https://help.example.org/public/api/v1/inboxes/inbox24"
    );
}

/// Row 2.
#[test]
fn nothing_is_said_to_the_socket_but_in_the_greeting() {
    let chat = chatting();
    // The session says it once the socket is open.
    assert_eq!(chat.0.greet().frames.len(), 1);
}

/// Row 3.
#[test]
fn the_identifier_is_json_in_a_text_and_never_changes() {
    let chat = chatting();
    let identifier = |frame: &str| {
        let frame: Value = serde_json::from_str(frame).unwrap();
        frame["identifier"].as_str().unwrap().to_owned()
    };
    let subscribed = identifier(&chat.0.greet().frames[0]);
    assert_eq!(identifier(&chat.0.greet().frames[0]), subscribed);
    assert_eq!(identifier(&chat.0.presence().unwrap()), subscribed);
    let inner: Value = serde_json::from_str(&subscribed).unwrap();
    assert_eq!(
        inner,
        json!({"channel": "RoomChannel", "pubsub_token": TOKEN})
    );
}

/// Row 4.
#[test]
fn the_socket_is_found_from_the_api() {
    let door = chatting().0.door(&none()).unwrap().unwrap();
    assert_eq!(door.url.0, "wss://help.example.org/cable");
}

/// Row 5.
#[test]
fn the_contact_in_a_path_is_the_source_id() {
    let (line, _) = chatting().ask(&Call::Check(room()));
    assert_eq!(line, format!("GET {BASE}/contacts/{NEW}"));
}

/// Row 6.
#[test]
fn a_token_may_come_later_or_not_at_all() {
    let mut chat = chat();
    chat.look(200);
    chat.ask(&Call::Begin);
    let bare = json!({"source_id": NEW, "id": 9});
    chat.next(&Call::Begin, 200, &bare);
    info(chat.end(&Call::Begin, 200, &conversation("open")));
    assert_eq!(chat.0.door(&none()), Ok(None));
    chat.ask(&Call::Check(room()));
    chat.next(&Call::Check(room()), 200, &contact_row());
    assert!(chat.0.door(&none()).unwrap().is_some());
}

/// Row 7.
#[test]
fn the_proof_is_the_sites_and_goes_on_as_it_is() {
    let mut given = proven();
    given.contact.identifier_hash = Some("NOT-A-HASH".into());
    let (_, body) = Chat(OneChat::new(given)).ask(&Call::Begin);
    assert_eq!(body["identifier_hash"], "NOT-A-HASH");
}

/// Row 8.
#[test]
fn an_event_that_nobody_has_heard_of_changes_nothing() {
    let mut chat = chatting();
    assert_eq!(
        chat.event("galaxy.collided", &json!({})),
        [Incoming::Unknown]
    );
}

/// Row 9.
#[test]
fn conversations_go_by_the_number_that_paths_use() {
    let mut chat = chatting();
    let row = with(
        theirs(1, "a"),
        "conversation",
        json!({"id": 8842, "assignee_id": 4}),
    );
    assert_eq!(chat.read_one(&row).conversation, Some(room()));
}

/// Row 10.
#[test]
fn a_message_type_is_a_number_or_a_word() {
    let mut chat = chatting();
    for (kind, author) in [
        (json!(0), Author::Me),
        (json!("incoming"), Author::Me),
        (json!("0"), Author::Me),
        (json!(1), Author::Them),
        (json!("outgoing"), Author::Them),
        (json!(3), Author::Them),
        (json!("template"), Author::Them),
    ] {
        let row = with(theirs(1, "a"), "message_type", kind);
        assert_eq!(chat.read_one(&row).author, author);
    }
    for kind in [
        json!(2),
        json!("activity"),
        json!(9),
        json!("x"),
        Value::Null,
    ] {
        let row = with(theirs(1, "a"), "message_type", kind);
        assert_eq!(chat.read(&json!([row])), []);
    }
}

/// Row 11.
#[test]
fn seconds_come_whole_in_parts_or_as_digits() {
    let mut chat = chatting();
    for at in [
        json!(1_700_000_300),
        json!(1_700_000_300.75),
        json!("1700000300"),
    ] {
        let row = with(theirs(1, "a"), "created_at", at);
        assert_eq!(chat.read_one(&row).at, Timestamp(1_700_000_300_000));
    }
}

/// Row 12.
#[test]
fn an_echo_has_the_uid_and_an_answer_may() {
    let mut chat = chatting();
    let call = send("a");
    for echoed in [
        mine(1, "a"),
        with(mine(1, "a"), "echo_id", json!("uid-1")),
        with(mine(1, "a"), "echo_id", Value::Null),
    ] {
        let Ok(Reply::Sent(message)) = chat.run(&call, 200, &echoed) else {
            panic!("not sent");
        };
        assert_eq!(message.uid, Some(Uid("uid-1".into())));
    }
}

/// Row 13.
#[test]
fn what_a_server_does_not_have_is_found_out_route_by_route() {
    let mut chat = chatting();
    let typing = Call::Typing(room(), true);
    assert_eq!(chat.run(&typing, 404, &json!({})), Ok(Reply::Done));
    assert_eq!(chat.known(&typing), Ok(Reply::Done));
    chat.ask(&Call::End(room()));
}

/// Row 14.
#[test]
fn silence_after_the_greeting_makes_the_token_be_read_anew() {
    let mut chat = chatting();
    chat.0.greet();
    assert_eq!(chat.ask(&history()).0, format!("GET {}", contact()));
    let fresh = with(contact_row(), "pubsub_token", json!("fresh-key"));
    chat.next(&history(), 200, &fresh);
    assert!(chat.0.greet().frames[0].contains("fresh-key"));
}

/// Row 15.
#[test]
fn an_own_message_is_the_same_in_answer_and_event() {
    let mut chat = chatting();
    let Ok(Reply::Sent(answered)) = chat.run(&send("a"), 200, &mine(1, "a")) else {
        panic!("not sent");
    };
    let echo = with(mine(1, "a"), "echo_id", json!("uid-1"));
    assert_eq!(
        chat.event("message.created", &echo),
        [Incoming::Message(answered)]
    );
}

/// Row 16.
#[test]
fn a_changed_contact_keeps_what_its_answer_leaves_out() {
    let mut chat = chatting();
    let values = json!([["submitted_email", "a@example.org"]]).to_string();
    let call = Call::Answer(room(), id(1), values);
    let raw = json!({"id": 77, "email": "a@example.org", "account_id": 1});
    assert_eq!(chat.run(&call, 200, &raw), Ok(Reply::Done));
    assert!(chat.0.greet().frames[0].contains(TOKEN));
    assert!(chat.ask(&history()).0.contains(NEW));
}

/// Row 17.
#[test]
fn messages_in_a_conversation_are_not_shown() {
    let mut chat = chatting_of_old();
    let notes = json!([theirs(500, "Do not tell"), mine(90, "Hello")]);
    let list = json!([with(conversation("open"), "messages", notes)]);
    let Ok(Reply::Rooms(rooms)) = chat.run(&Call::Rooms, 200, &list) else {
        panic!("no list");
    };
    assert_eq!(rooms[0].last, "Hello");
    // Nor counted where they cannot be told from others.
    assert_eq!(rooms[0].unread, 0);
}

/// Row 18.
#[test]
fn what_other_inboxes_have_is_left_to_them() {
    let mut chat = Chat(OneChat::new(proven()));
    chat.begin_proven();
    let other = with(conversation("open"), "inbox_id", json!(88));
    assert_eq!(chat.event("conversation.created", &other), []);
    let row = with(theirs(1, "By mail"), "inbox_id", json!(88));
    assert_eq!(chat.event("message.created", &row), []);
    let list = json!([other, conversation("open")]);
    let Ok(Reply::Rooms(rooms)) = chat.run(&Call::Rooms, 200, &list) else {
        panic!("no list");
    };
    assert_eq!(rooms.len(), 1);
}

/// The same for one whose chat was found in the list.
#[test]
fn who_takes_up_a_chat_hears_of_no_other_inbox() {
    let mut chat = Chat(OneChat::new(proven()));
    chat.ask(&Call::Look);
    chat.next(&Call::Look, 200, &inbox());
    chat.next(&Call::Look, 200, &contact_row());
    chat.next(&Call::Look, 200, &contact_row());
    let list = json!([conversation("open")]);
    assert_eq!(info(chat.end(&Call::Look, 200, &list)).id, Some(room()));
    let row = with(theirs(1, "By mail"), "inbox_id", json!(88));
    assert_eq!(chat.event("message.created", &row), []);
}

/// Row 19.
#[test]
fn a_list_that_fails_for_a_proven_visitor_leads_to_a_new_conversation() {
    let mut chat = Chat(OneChat::new(proven()));
    chat.ask(&Call::Look);
    chat.next(&Call::Look, 200, &inbox());
    chat.next(&Call::Look, 200, &contact_row());
    chat.next(&Call::Look, 200, &contact_row());
    assert_eq!(info(chat.end(&Call::Look, 500, &Value::Null)).id, None);
    chat.begin_proven();
}

/// Row 20.
#[test]
fn a_failure_leaves_open_whether_a_message_was_stored() {
    let mut chat = chatting();
    for status in [500, 502, 503, 504] {
        assert_eq!(
            chat.run(&send("a"), status, &Value::Null),
            refused(RefusalKind::Unclear)
        );
    }
    // This one says that it was not.
    assert_eq!(
        chat.run(&send("a"), 429, &json!("Retry later")),
        refused(RefusalKind::Busy)
    );
}

/// Row 21.
#[test]
fn what_may_be_missing_is_not_missed() {
    let mut chat = chatting();
    let bare = json!({"id": 1, "message_type": 3, "content": "Hi", "created_at": 1_700_000_300});
    let message = chat.read_one(&bare);
    assert_eq!(message.author, Author::Them);
    // It was asked for in this conversation.
    assert_eq!(message.conversation, Some(room()));
}

/// Row 22.
#[test]
fn a_picture_without_a_size_has_none() {
    let mut chat = chatting();
    let picture = json!({"file_type": "image", "data_url": "https://x/a.png", "width": null,
        "height": null, "file_size": null});
    let row = with(theirs(1, ""), "attachments", json!([picture]));
    let Some(Content::File(file)) = chat.read_one(&row).content else {
        panic!("no file");
    };
    assert_eq!((file.size, file.dimensions), (None, None));
}

/// Row 23.
#[test]
fn a_rating_is_between_one_and_five() {
    let mut chat = chatting();
    chat.read_one(&rich("input_csat", &json!({})));
    for (given, sent) in [("0", 1), ("-3", 1), ("5", 5), ("17", 5)] {
        let values = json!([["rating", given]]).to_string();
        let (_, body) = chat.ask(&Call::Answer(room(), id(300), values));
        let response = &body["submitted_values"]["csat_survey_response"];
        assert_eq!(response["rating"], sent);
    }
}

/// Row 24.
#[test]
fn who_else_is_there_is_no_news() {
    let mut chat = chatting();
    let users = json!({"users": {"4": "online"}});
    assert_eq!(chat.event("presence.update", &users), [Incoming::Unknown]);
}

/// Row 25.
#[test]
fn twins_of_an_event_say_the_same() {
    let mut chat = chatting();
    let row = with(
        conversation("resolved"),
        "meta",
        json!({"assignee": {"id": 4}}),
    );
    let first = chat.event("conversation.status_changed", &row);
    assert_eq!(chat.event("conversation.updated", &row), first);
    assert_eq!(chat.event("conversation.updated", &row), first);
}

/// Row 26.
#[test]
fn a_rating_whose_words_are_a_link_to_another_survey_has_no_words() {
    let mut chat = chatting();
    let row = with(
        rich("input_csat", &json!({"display_type": "emoji"})),
        "content",
        json!("Please rate us: https://help.example.org/survey/responses/u"),
    );
    let Some(Content::Rich(rich)) = chat.read_one(&row).content else {
        panic!("no question");
    };
    assert_eq!(rich.kind, RichKind::Rating);
    assert_eq!(rich.text, "");
}

/// Row 27.
#[test]
fn a_busy_server_does_not_say_for_how_long() {
    let mut chat = chatting();
    assert_eq!(
        chat.run(&history(), 429, &json!("Retry later")),
        refused(RefusalKind::Busy)
    );
}

/// Row 28.
#[test]
fn the_name_that_the_server_draws_is_nobodys() {
    let mut chat = chatting();
    let kept = chat.0.keep().unwrap();
    assert!(!kept.contains("calm-river"));
    let known = info(chat.known(&Call::Resume(room())));
    assert_eq!(known.visitor.as_deref(), Some(""));
}
