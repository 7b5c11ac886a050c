//! Which of the two chats is there (contract 2, 4.2; 6, 22).

use concierge_core::backend::{Backend, Call, Destination, RefusalKind, Reply, Upload};
use concierge_core::{FileContent, FileKind};

use crate::*;

fn detecting() -> VoipBin {
    VoipBin::new(settings(ChatApi::Detect))
}

/// A server with one of the two chats, and which paths it was asked for.
fn look(adapter: &mut VoipBin, has_talk: bool, has_legacy: bool) -> (Vec<String>, Outcome) {
    let mut asked = Vec::new();
    let outcome = run(adapter, &Call::Look, |line| {
        asked.push(line.to_owned());
        let is_talk = line.contains("talk_chats");
        if is_talk && has_talk || !is_talk && has_legacy {
            (200, list(&[]))
        } else {
            (404, Value::Null)
        }
    });
    (asked, outcome)
}

const PROBE: &str = "GET talk_chats?page_size=1";
const TALK: &str = "GET talk_chats?page_size=100";
const LEGACY: &str = "GET chatrooms?page_size=100";

#[test]
fn talk_is_taken_where_it_is_else_legacy() {
    for (has_talk, list, name) in [(true, TALK, "talk"), (false, LEGACY, "legacy")] {
        let mut adapter = detecting();
        let (asked, outcome) = look(&mut adapter, has_talk, true);
        assert_eq!(asked, [PROBE, list]);
        assert_eq!(outcome, Ok(Reply::Rooms(Vec::new())));
        let kept: Value = serde_json::from_str(&adapter.keep().expect("a change")).unwrap();
        assert_eq!(kept["api"], name);
        // It is asked once.
        assert_eq!(look(&mut adapter, has_talk, true).0, [list]);
    }
}

#[test]
fn a_stored_room_waits_until_that_is_known() {
    let mut adapter = detecting();
    let mut asked = Vec::new();
    let found = run(&mut adapter, &Call::Check(room("room-1")), |line| {
        asked.push(line.to_owned());
        if line.contains("talk") {
            (404, Value::Null)
        } else {
            (200, chatroom("room-1", 1, "x"))
        }
    });
    assert_eq!(conversation(found), ("room-1".into(), false));
    assert_eq!(asked, [PROBE, "GET chatrooms/room-1"]);
}

#[test]
fn what_cannot_be_done_there_is_refused_once_that_is_known() {
    let mut adapter = detecting();
    let delete = Call::Delete(room("r"), MessageId("m".into()));
    let refused = run(&mut adapter, &delete, |_| (404, Value::Null));
    assert_eq!(refused.unwrap_err().kind, RefusalKind::Rejected);
}

#[test]
fn a_server_that_fails_does_not_tell_which() {
    for (status, kind) in [
        (500, RefusalKind::Unclear),
        (401, RefusalKind::Token),
        (429, RefusalKind::Busy),
    ] {
        let mut adapter = detecting();
        let refusal = outcome(&mut adapter, &Call::Look, status, &Value::Null).unwrap_err();
        assert_eq!(refusal.kind, kind);
        assert_eq!(look(&mut adapter, true, false).0, [PROBE, TALK]);
    }
}

#[test]
fn the_chat_of_an_earlier_page_is_tried_first_and_given_up_when_it_is_gone() {
    let mut first = detecting();
    look(&mut first, false, true).1.unwrap();
    let kept = first.keep().expect("a change");
    let mut next = detecting();
    next.restore(&kept);
    assert_eq!(look(&mut next, false, true).0, [LEGACY]);
    let mut later = detecting();
    later.restore(&kept);
    let (asked, outcome) = look(&mut later, true, false);
    assert_eq!(asked, [LEGACY, PROBE, TALK]);
    assert_eq!(outcome, Ok(Reply::Rooms(Vec::new())));
    // The site's word is the last one.
    let (asked, outcome) = look(&mut legacy(), true, false);
    assert_eq!(asked, [LEGACY]);
    assert_eq!(outcome.unwrap_err().kind, RefusalKind::Missing);
    let (asked, outcome) = look(&mut detecting(), false, false);
    assert_eq!(asked, [PROBE, LEGACY]);
    assert_eq!(outcome.unwrap_err().kind, RefusalKind::Missing);
}

#[test]
fn files_wait_for_talk() {
    let mut adapter = detecting();
    let file = FileContent {
        kind: FileKind::Other,
        url: String::new(),
        name: "a".into(),
        mime: None,
        size: None,
        dimensions: None,
    };
    let (conversation, uid, token) = (room("r"), Uid("u".into()), token());
    let to = Destination {
        conversation: &conversation,
        uid: &uid,
        token: &token,
    };
    assert_eq!(adapter.upload(&to, &file), Upload::Never);
    look(&mut adapter, true, false).1.unwrap();
    assert!(matches!(adapter.upload(&to, &file), Upload::Put(_)));
}
