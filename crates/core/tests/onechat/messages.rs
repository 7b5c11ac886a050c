//! Reading, sending and marking messages; the list (contract 3.3 to 3.5, 5.4
//! to 5.8).

use concierge_core::backend::{
    Backend, Call, Destination, RefusalKind, Reply, Upload, UploadVerdict,
};
use concierge_core::io::UploadBody;
use concierge_core::{
    Author, Content, ConversationId, FileContent, FileKind, Response, Secret, Timestamp, Uid,
};
use serde_json::{Value, json};

use crate::fixtures::*;

#[test]
fn the_newest_messages_are_asked_for_then_those_before() {
    let mut chat = chatting();
    let url = format!("GET {}/conversations/52/messages", contact());
    assert_eq!(chat.ask(&history()), (url.clone(), Value::Null));
    let older = Call::History(room(), page(Some(77)));
    assert_eq!(chat.ask(&older), (format!("{url}?before=77"), Value::Null));
}

#[test]
fn a_page_holds_what_both_sides_wrote() {
    let mut chat = chatting();
    let greeting = json!({"id": 10, "content": "Welcome", "message_type": 3,
        "content_type": "text", "content_attributes": {}, "created_at": 1_700_000_010,
        "conversation_id": 52});
    let gone = with(
        theirs(13, "This message was deleted"),
        "content_attributes",
        json!({"deleted": true}),
    );
    let rows = json!([greeting, theirs(11, "Hi"), mine(12, "*Order* 7"), gone]);
    let messages = chat.read(&rows);
    let authors: Vec<&Author> = messages.iter().map(|it| &it.author).collect();
    assert_eq!(
        authors,
        [&Author::Them, &Author::Them, &Author::Me, &Author::Them]
    );
    assert_eq!(messages[2].content, Some(Content::Text("*Order* 7".into())));
    assert_eq!(messages[3].content, None);
    assert_eq!(messages[0].id, id(10));
    assert_eq!(messages[0].at, Timestamp(1_700_000_010_000));
    assert_eq!(messages[0].conversation, Some(room()));
    assert_eq!(messages[0].uid, None);
}

#[test]
fn messages_of_one_second_are_told_apart_by_their_ids() {
    let mut chat = chatting();
    let at = json!(1_700_000_900);
    let rows = json!([
        with(theirs(99, "one"), "created_at", at.clone()),
        with(theirs(100, "two"), "created_at", at)
    ]);
    let messages = chat.read(&rows);
    assert_eq!(messages[0].at, messages[1].at);
    assert_eq!(messages[0].id.0, "99");
    assert_eq!(messages[1].id.0, "100");
}

#[test]
fn both_sides_see_what_was_seen() {
    let mut chat = chatting();
    // Seen by the visitor until 100 s, by the other side until 200 s.
    let rows = json!([
        theirs(100, "a"),
        theirs(101, "b"),
        mine(200, "c"),
        mine(201, "d")
    ]);
    let seen: Vec<bool> = chat.read(&rows).iter().map(|it| it.seen).collect();
    assert_eq!(seen, [true, false, true, false]);
    // The visitor sees one more.
    let call = Call::Seen(room(), id(101));
    let (line, body) = chat.ask(&call);
    assert_eq!(
        line,
        format!("POST {}/conversations/52/update_last_seen", contact())
    );
    assert_eq!(body, Value::Null);
    assert_eq!(chat.end(&call, 200, &Value::Null), Ok(Reply::Done));
    let seen: Vec<bool> = chat.read(&rows).iter().map(|it| it.seen).collect();
    assert_eq!(seen, [true, true, true, false]);
    // What was seen in one conversation says nothing of another.
    let elsewhere = with(theirs(90, "e"), "conversation_id", json!(8));
    assert!(!chat.read_one(&elsewhere).seen);
}

#[test]
fn the_oldest_servers_forget_what_was_seen_and_we_do_not() {
    let mut chat = chatting_of_old();
    chat.ask(&Call::Check(room()));
    chat.end(&Call::Check(room()), 200, &contact_row()).unwrap();
    assert!(!chat.read_one(&theirs(90, "a")).seen);
    assert_eq!(chat.known(&Call::Seen(room(), id(90))), Ok(Reply::Done));
    assert_eq!(chat.known(&Call::Seen(room(), id(80))), Ok(Reply::Done));
    let kept = chat.0.keep().unwrap();
    let mut chat = crate::fixtures::chat();
    chat.0.restore(&kept);
    assert!(chat.read_one(&theirs(90, "a")).seen);
    assert!(!chat.read_one(&theirs(91, "b")).seen);
}

#[test]
fn a_message_goes_out_with_its_uid_and_comes_back_with_it() {
    let mut chat = chatting();
    let call = send("Line one\nand \"two\"");
    let (line, body) = chat.ask(&call);
    assert_eq!(
        line,
        format!("POST {}/conversations/52/messages", contact())
    );
    assert_eq!(
        body,
        json!({"content": "Line one\nand \"two\"", "echo_id": "uid-1"})
    );
    let Ok(Reply::Sent(message)) = chat.end(&call, 200, &mine(300, "Line one\nand \"two\"")) else {
        panic!("not sent");
    };
    assert_eq!(message.uid, Some(Uid("uid-1".into())));
    assert_eq!(message.author, Author::Me);
    assert_eq!(message.id, id(300));
    assert!(!message.seen);
}

#[test]
fn an_answer_that_cannot_be_read_leaves_a_message_in_doubt() {
    let mut chat = chatting();
    for body in [Value::Null, json!([]), json!({"id": 5}), json!("ok")] {
        assert_eq!(
            chat.run(&send("Hi"), 200, &body),
            refused(RefusalKind::Unclear)
        );
    }
}

#[test]
fn a_text_may_have_150_000_letters() {
    let chat = chatting();
    let uid = Uid("u".into());
    assert_eq!(chat.0.check(&uid, &"ü".repeat(150_000)), Ok(()));
    let error = chat.0.check(&uid, &"ü".repeat(150_001)).unwrap_err();
    assert_eq!((error.size, error.limit), (150_001, 150_000));
}

#[test]
fn the_other_side_is_told_that_the_visitor_types() {
    let mut chat = chatting();
    for (is_on, word) in [(true, "on"), (false, "off")] {
        let call = Call::Typing(room(), is_on);
        let (line, body) = chat.ask(&call);
        assert_eq!(
            line,
            format!("POST {}/conversations/52/toggle_typing", contact())
        );
        assert_eq!(body, json!({"typing_status": word}));
        assert_eq!(chat.end(&call, 200, &Value::Null), Ok(Reply::Done));
    }
}

#[test]
fn the_visitor_ends_the_conversation() {
    let mut chat = chatting();
    let call = Call::End(room());
    let (line, body) = chat.ask(&call);
    assert_eq!(
        line,
        format!("POST {}/conversations/52/toggle_status", contact())
    );
    assert_eq!(body, Value::Null);
    assert_eq!(
        chat.end(&call, 200, &conversation("resolved")),
        Ok(Reply::Done)
    );
}

#[test]
fn a_route_that_is_missing_is_not_asked_for_again() {
    let calls = [
        Call::Seen(room(), id(1)),
        Call::Typing(room(), true),
        Call::End(room()),
    ];
    for missing in &calls {
        let mut chat = chatting();
        assert_eq!(chat.run(missing, 404, &json!({})), Ok(Reply::Done));
        assert_eq!(chat.known(missing), Ok(Reply::Done));
        for other in calls.iter().filter(|it| *it != missing) {
            chat.ask(other);
        }
    }
}

#[test]
fn a_file_is_a_message_of_its_own() {
    let mut chat = chatting();
    let file = FileContent {
        kind: FileKind::Image,
        url: String::new(),
        name: "a.png".into(),
        mime: Some("image/png".into()),
        size: Some(5),
        dimensions: None,
    };
    let (uid, token, conversation) = (Uid("uid-9".into()), none(), room());
    let to = Destination {
        conversation: &conversation,
        uid: &uid,
        token: &token,
    };
    let Upload::Send(request) = chat.0.upload(&to, &file) else {
        panic!("not sent");
    };
    assert_eq!(request.method, "POST");
    assert_eq!(
        request.url.0,
        format!("{}/conversations/52/messages", contact())
    );
    // The browser writes the boundary of the form itself.
    assert_eq!(
        request.headers,
        [("Accept", Secret("application/json".into()))]
    );
    assert_eq!(
        request.body,
        UploadBody::Form(vec![("echo_id", Secret("uid-9".into()))], "attachments[]")
    );
    let stored = json!({"id": 400, "content": null, "message_type": "incoming",
        "content_type": "text", "created_at": 1_700_000_400, "conversation_id": 52,
        "attachments": [{"id": 1, "file_type": "image", "file_size": 5,
            "data_url": "https://files.example.org/x/a.png"}]});
    let response = Response {
        status: 200,
        body: stored.to_string(),
    };
    let UploadVerdict::Sent(message) = chat.0.upload_verdict(&response) else {
        panic!("not stored");
    };
    assert_eq!(message.id, id(400));
    assert!(matches!(message.content, Some(Content::File(_))));
    // As a text it does not go.
    let call = Call::Send(room(), uid.clone(), Content::File(file.clone()));
    assert_eq!(chat.known(&call), refused(RefusalKind::Rejected));
    // There is nowhere to put it before there is a contact.
    let mut chat = crate::fixtures::chat();
    assert_eq!(chat.0.upload(&to, &file), Upload::Never);
}

#[test]
fn what_becomes_of_a_file_is_read_off_the_status() {
    let mut chat = chatting();
    let long = json!({"message": "Too many messages", "attributes": ["base"]});
    for (status, body, verdict) in [
        (413, Value::Null, UploadVerdict::Refused(None)),
        (
            400,
            json!({"error": "Bad Request"}),
            UploadVerdict::Refused(None),
        ),
        (404, json!({}), UploadVerdict::Refused(None)),
        (
            422,
            long,
            UploadVerdict::Refused(Some("Too many messages".into())),
        ),
        (401, Value::Null, UploadVerdict::Token),
        (429, json!("Retry later"), UploadVerdict::Busy),
        (503, Value::Null, UploadVerdict::Unclear),
        (500, Value::Null, UploadVerdict::Unclear),
        (200, json!({"id": 3}), UploadVerdict::Unclear),
    ] {
        let response = Response {
            status,
            body: body.to_string(),
        };
        assert_eq!(chat.0.upload_verdict(&response), verdict, "{status}");
    }
}

#[test]
fn the_list_shows_this_inbox_and_the_newest_first() {
    let mut chat = chatting();
    let row = |number: i64, messages: Value| {
        with(
            with(conversation("open"), "id", json!(number)),
            "messages",
            messages,
        )
    };
    let list = json!([
        row(
            40,
            json!([mine(90, "First"), theirs(95, "Answer"), theirs(180, "More")])
        ),
        row(41, json!([theirs(400, "Secret note"), mine(200, "Second")])),
        with(
            row(42, json!([mine(900, "By mail")])),
            "inbox_id",
            json!(77)
        ),
        row(43, json!([])),
    ]);
    let (line, _) = chat.ask(&Call::Rooms);
    assert_eq!(line, format!("GET {}/conversations", contact()));
    let Ok(Reply::Rooms(rooms)) = chat.end(&Call::Rooms, 200, &list) else {
        panic!("no list");
    };
    let ids: Vec<&str> = rooms.iter().map(|room| room.id.0.as_str()).collect();
    assert_eq!(ids, ["41", "40", "43"]);
    // Of what is written there, only the visitor's own words are shown.
    let last: Vec<&str> = rooms.iter().map(|room| room.last.as_str()).collect();
    assert_eq!(last, ["Second", "First", ""]);
    // Seen until 100 s.
    let unread: Vec<u32> = rooms.iter().map(|room| room.unread).collect();
    assert_eq!(unread, [1, 1, 0]);
    assert_eq!(rooms[0].at, Timestamp(1_700_000_400_000));
}

#[test]
fn a_list_of_an_inbox_that_is_not_known_is_shown_if_it_is_of_one_alone() {
    let kept = json!({"v": 1, "at": "inbox24", "source": NEW, "exists": true, "old": false});
    let one = json!([
        conversation("open"),
        with(conversation("open"), "id", json!(53))
    ]);
    let two = json!([
        conversation("open"),
        with(conversation("open"), "inbox_id", json!(9))
    ]);
    for (list, count) in [(one, 2), (two, 0)] {
        let mut chat = chat();
        chat.0.restore(&kept.to_string());
        let Ok(Reply::Rooms(rooms)) = chat.run(&Call::Rooms, 200, &list) else {
            panic!("no list");
        };
        assert_eq!(rooms.len(), count);
    }
}

#[test]
fn calls_in_between_do_not_disturb_one_that_takes_two_requests() {
    let mut chat = chatting();
    // A channel was greeted and did not confirm: the contact is read first.
    chat.0.greet();
    let (line, _) = chat.ask(&history());
    assert_eq!(line, format!("GET {}", contact()));
    chat.ask(&Call::Rooms);
    chat.ask(&Call::Check(room()));
    chat.ask(&send("Hi"));
    let fresh = with(contact_row(), "pubsub_token", json!("fresh-key"));
    let (line, _) = chat.next(&history(), 200, &fresh);
    assert_eq!(line, format!("GET {}/conversations/52/messages", contact()));
    let messages = chat.end(&history(), 200, &json!([theirs(1, "a")]));
    assert!(matches!(messages, Ok(Reply::Messages(it)) if it.len() == 1));
    assert!(chat.0.greet().frames[0].contains("fresh-key"));
    let (line, _) = chat.next(&Call::Check(room()), 200, &contact_row());
    assert_eq!(line, format!("GET {}/conversations/52", contact()));
}

#[test]
fn ids_are_put_into_urls_so_that_they_stay_ids() {
    let mut chat = chatting();
    let hostile = ConversationId("../7?x#y".into());
    let (line, _) = chat.ask(&Call::History(hostile, page(None)));
    assert_eq!(
        line,
        format!("GET {}/conversations/..%2F7%3Fx%23y/messages", contact())
    );
}
