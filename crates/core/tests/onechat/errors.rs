//! What the server refuses, and what that means (contract 7).

use concierge_core::Response;
use concierge_core::backend::onechat::OneChat;
use concierge_core::backend::{Answer, Backend, Call, RefusalKind, Reply};
use serde_json::{Value, json};

use crate::fixtures::*;

#[test]
fn an_inbox_that_is_not_there_is_missing_or_of_old() {
    let mut chat = chat();
    chat.look(404);
    let gone = json!({"status": 404, "error": "Not Found"});
    assert_eq!(
        chat.run(&Call::Begin, 404, &gone),
        refused(RefusalKind::Missing)
    );
}

#[test]
fn pages_in_html_are_read_by_their_status() {
    let mut chat = chatting();
    chat.ask(&history());
    let html = Response {
        status: 404,
        body: "<!doctype html><h1>Not found</h1>".into(),
    };
    assert_eq!(
        chat.0.answer(&history(), &html, &none()),
        Answer::Done(refused(RefusalKind::Missing))
    );
    let html = Response {
        status: 200,
        ..html
    };
    assert_eq!(
        chat.0.answer(&history(), &html, &none()),
        Answer::Done(refused(RefusalKind::Unclear))
    );
}

#[test]
fn a_status_means_the_same_for_all_calls() {
    for (status, kind) in [
        (400, RefusalKind::Rejected),
        (401, RefusalKind::Token),
        (403, RefusalKind::Token),
        (404, RefusalKind::Missing),
        (413, RefusalKind::Rejected),
        (422, RefusalKind::Rejected),
        (429, RefusalKind::Busy),
        (500, RefusalKind::Unclear),
        (502, RefusalKind::Unclear),
        (503, RefusalKind::Unclear),
        (504, RefusalKind::Unclear),
        (302, RefusalKind::Unclear),
    ] {
        for call in [
            send("Hi"),
            history(),
            Call::Rooms,
            Call::Begin,
            Call::Check(room()),
        ] {
            let mut chat = chatting();
            let outcome = chat.run(&call, status, &json!("Retry later"));
            assert_eq!(outcome, refused(kind), "{status} {call:?}");
        }
        if status != 404 {
            let mut chat = chatting();
            let outcome = chat.run(&Call::Typing(room(), true), status, &Value::Null);
            assert_eq!(outcome, refused(kind), "{status}");
        }
    }
}

#[test]
fn what_was_wrong_is_told_if_it_is_short() {
    let mut chat = chatting();
    let long =
        json!({"message": "Content is too long (at most 150000)", "attributes": ["content"]});
    let refusal = chat.run(&send("Hi"), 422, &long).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Rejected);
    assert_eq!(
        refusal.text.as_deref(),
        Some("Content is too long (at most 150000)")
    );
    let often = json!({"message": "Too many messages", "attributes": ["base"]});
    let refusal = chat.run(&send("Hi"), 422, &often).unwrap_err();
    assert_eq!(refusal.text.as_deref(), Some("Too many messages"));
    let endless = json!({"message": "x".repeat(500)});
    assert_eq!(
        chat.run(&send("Hi"), 422, &endless),
        refused(RefusalKind::Rejected)
    );
    // Of other statuses the body says nothing to a visitor.
    let bad = json!({"status": 400, "error": "Bad Request"});
    assert_eq!(
        chat.run(&send("Hi"), 400, &bad),
        refused(RefusalKind::Rejected)
    );
}

#[test]
fn a_proof_that_does_not_hold_is_no_doubt() {
    let failure = json!({"status": 500, "error": "Internal Server Error"});
    let mut chat = Chat(OneChat::new(proven()));
    chat.ask(&Call::Look);
    chat.next(&Call::Look, 200, &inbox());
    assert_eq!(
        chat.end(&Call::Look, 500, &failure),
        refused(RefusalKind::Rejected)
    );
    let mut chat = Chat(OneChat::new(proven()));
    chat.ask(&Call::Begin);
    chat.next(&Call::Begin, 200, &contact_row());
    assert_eq!(
        chat.end(&Call::Begin, 500, &failure),
        refused(RefusalKind::Rejected)
    );
    assert_eq!(
        chat.run(&Call::Check(room()), 500, &failure),
        refused(RefusalKind::Rejected)
    );
    let values = json!([["submitted_email", "a@example.org"]]).to_string();
    assert_eq!(
        chat.run(&Call::Answer(room(), id(1), values), 500, &failure),
        refused(RefusalKind::Rejected)
    );
    // Without one it may be anything.
    assert_eq!(
        chatting().run(&Call::Check(room()), 500, &failure),
        refused(RefusalKind::Unclear)
    );
}

#[test]
fn a_conversation_that_cannot_be_read_is_in_doubt() {
    let mut chat = chatting();
    let check = Call::Check(room());
    for (status, kind) in [(500, RefusalKind::Unclear), (429, RefusalKind::Busy)] {
        chat.ask(&check);
        chat.next(&check, 200, &contact_row());
        assert_eq!(chat.end(&check, status, &Value::Null), refused(kind));
    }
    chat.ask(&check);
    chat.next(&check, 200, &contact_row());
    assert_eq!(
        chat.end(&check, 200, &json!([])),
        refused(RefusalKind::Unclear)
    );
}

#[test]
fn answers_that_are_something_else_are_in_doubt() {
    for body in [Value::Null, json!([]), json!("ok"), json!(7)] {
        for call in [Call::Begin, Call::Check(room())] {
            let outcome = chatting().run(&call, 200, &body);
            assert_eq!(outcome, refused(RefusalKind::Unclear), "{call:?}");
        }
        if body != json!([]) {
            for call in [history(), Call::Rooms] {
                let outcome = chatting().run(&call, 200, &body);
                assert_eq!(outcome, refused(RefusalKind::Unclear), "{call:?}");
            }
        }
    }
}

#[test]
fn a_busy_server_is_asked_later_also_at_first() {
    let mut chat = chat();
    assert_eq!(
        chat.run(&Call::Look, 429, &json!("Retry later")),
        refused(RefusalKind::Busy)
    );
    chat.look(200);
}

#[test]
fn a_list_that_fails_once_there_is_one_changes_nothing() {
    let mut chat = chatting();
    assert!(chat.run(&Call::Rooms, 500, &Value::Null).is_err());
    assert_eq!(
        chat.run(&Call::Rooms, 200, &json!([])),
        Ok(Reply::Rooms(Vec::new()))
    );
}
