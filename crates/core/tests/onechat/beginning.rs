//! From nothing, or from what was kept, to a conversation (contract 3.1 to 3.3,
//! 5.1, 5.2).

use concierge_core::backend::onechat::{Contact, OneChat};
use concierge_core::backend::{Backend, Call, RefusalKind, Reply};
use concierge_core::{ConversationId, Timestamp};
use serde_json::{Value, json};

use crate::fixtures::*;

#[test]
fn a_new_visitor_is_not_told_of_before_the_first_message() {
    let mut chat = chat();
    assert_eq!(chat.ask(&Call::Look), (format!("GET {BASE}"), Value::Null));
    let info = info(chat.end(&Call::Look, 200, &inbox()));
    assert_eq!(info.id, None);
    assert_eq!(chat.0.keep().unwrap().matches(NEW).count(), 0);
    assert_eq!(chat.known(&Call::Rooms), Ok(Reply::Rooms(Vec::new())));
}

#[test]
fn the_first_message_makes_a_contact_and_a_conversation() {
    let mut chat = Chat(OneChat::new(concierge_core::backend::onechat::Settings {
        contact: Contact {
            name: Some("Ada \"A\"".into()),
            email: Some("ada@example.org".into()),
            phone_number: Some("+4930123456".into()),
            avatar_url: Some("https://example.org/a.png".into()),
            custom_attributes: Some(r#"{"score": 1.5}"#.into()),
            ..Contact::default()
        },
        context: Some(r#"{"page":"/shoes","price":12.75}"#.into()),
        ..settings()
    }));
    chat.look(200);
    let body = json!({"source_id": NEW, "name": "Ada \"A\"", "email": "ada@example.org",
        "phone_number": "+4930123456", "avatar_url": "https://example.org/a.png",
        "custom_attributes": {"score": 1.5}});
    assert_eq!(
        chat.ask(&Call::Begin),
        (format!("POST {BASE}/contacts"), body)
    );
    // A retry after a lost answer is safe, also from another page.
    assert!(chat.0.keep().unwrap().contains(NEW));
    assert_eq!(
        chat.next(&Call::Begin, 200, &contact_row()),
        (
            format!("POST {}/conversations", contact()),
            json!({"custom_attributes": {"page": "/shoes", "price": 12.75}})
        )
    );
    let info = info(chat.end(&Call::Begin, 200, &conversation("pending")));
    assert_eq!(info.id, Some(room()));
    assert!(!info.closed);
    assert_eq!(info.joined, None);
    assert_eq!(info.seen_until, Some(Timestamp(1_700_000_200_000)));
}

#[test]
fn what_the_site_gives_and_is_no_object_is_left_out() {
    for broken in ["", "[1]", "7", "{\"a\":", "nonsense"] {
        let mut chat = Chat(OneChat::new(concierge_core::backend::onechat::Settings {
            context: Some(broken.into()),
            ..settings()
        }));
        chat.look(200);
        chat.ask(&Call::Begin);
        let (_, body) = chat.next(&Call::Begin, 200, &contact_row());
        assert_eq!(body, json!({}));
    }
}

#[test]
fn a_site_proves_who_the_visitor_is_right_after_the_contact_is_made() {
    let mut chat = Chat(OneChat::new(proven()));
    chat.ask(&Call::Look);
    // Who signs in elsewhere finds the conversation there is.
    let (line, body) = chat.next(&Call::Look, 200, &inbox());
    assert_eq!(line, format!("POST {BASE}/contacts"));
    assert_eq!(
        body,
        json!({"source_id": NEW, "identifier": "member/7 ü", "identifier_hash": "beef01"})
    );
    let (line, _) = chat.next(&Call::Look, 200, &contact_row());
    assert_eq!(line, format!("GET {}{PAIR}", contact()));
    let (line, _) = chat.next(&Call::Look, 200, &contact_row());
    assert_eq!(line, format!("GET {}/conversations", contact()));
    let info = info(chat.end(&Call::Look, 200, &json!([])));
    assert_eq!(info.id, None);
    assert_eq!(info.visitor.as_deref(), Some("member/7 ü"));

    chat.ask(&Call::Begin);
    let (line, _) = chat.next(&Call::Begin, 200, &contact_row());
    assert_eq!(line, format!("GET {}{PAIR}", contact()));
    let (line, _) = chat.next(&Call::Begin, 200, &contact_row());
    assert_eq!(line, format!("POST {}/conversations", contact()));
}

#[test]
fn a_stored_contact_without_a_conversation_takes_up_the_newest_that_is_not_over() {
    let kept = {
        let mut chat = chatting();
        chat.0.keep().unwrap()
    };
    let mut chat = chat();
    chat.0.restore(&kept);
    chat.ask(&Call::Look);
    let (line, _) = chat.next(&Call::Look, 200, &inbox());
    assert_eq!(line, format!("GET {}", contact()));
    let (line, _) = chat.next(&Call::Look, 200, &contact_row());
    assert_eq!(line, format!("GET {}/conversations", contact()));
    let list = json!([
        with(conversation("open"), "id", json!(50)),
        with(conversation("resolved"), "id", json!(54)),
        with(conversation("snoozed"), "id", json!(53)),
        with(
            with(conversation("open"), "id", json!(60)),
            "inbox_id",
            json!(4)
        ),
    ]);
    let found = info(chat.end(&Call::Look, 200, &list));
    assert_eq!(found.id, Some(ConversationId("53".into())));
    // Once is enough: the visitor may want a new one.
    assert_eq!(info(chat.run(&Call::Look, 200, &inbox())).id, None);
}

#[test]
fn a_list_that_fails_is_no_conversation() {
    for status in [404, 500] {
        let mut chat = Chat(OneChat::new(proven()));
        chat.ask(&Call::Look);
        chat.next(&Call::Look, 200, &inbox());
        chat.next(&Call::Look, 200, &contact_row());
        chat.next(&Call::Look, 200, &contact_row());
        let body = json!({"status": status, "error": "Internal Server Error"});
        assert_eq!(info(chat.end(&Call::Look, status, &body)).id, None);
    }
}

#[test]
fn a_contact_that_is_gone_is_begun_anew() {
    let kept = chatting().0.keep().unwrap();
    let mut chat = chat();
    chat.0.restore(&kept);
    chat.ask(&Call::Look);
    chat.next(&Call::Look, 200, &inbox());
    let gone = json!({"status": 404, "error": "Not Found"});
    assert_eq!(info(chat.end(&Call::Look, 404, &gone)).id, None);
    assert!(!chat.0.keep().unwrap().contains(NEW));
    assert_eq!(chat.known(&history()), refused(RefusalKind::Missing));
}

#[test]
fn an_open_conversation_is_taken_up_again() {
    let mut chat = chatting();
    let check = Call::Check(room());
    assert_eq!(
        chat.ask(&check),
        (format!("GET {}", contact()), Value::Null)
    );
    assert_eq!(
        chat.next(&check, 200, &contact_row()),
        (format!("GET {}/conversations/52", contact()), Value::Null)
    );
    let checked = info(chat.end(&check, 200, &conversation("resolved")));
    assert!(checked.closed);
    // It is known, and says the same.
    assert_eq!(info(chat.known(&Call::Resume(room()))), checked);
    let other = ConversationId("7".into());
    assert!(!info(chat.known(&Call::Resume(other))).closed);
}

#[test]
fn checking_proves_who_the_visitor_is_again() {
    let mut chat = Chat(OneChat::new(proven()));
    chat.ask(&Call::Begin);
    chat.next(&Call::Begin, 200, &contact_row());
    let (line, _) = chat.ask(&Call::Check(room()));
    assert_eq!(line, format!("GET {}{PAIR}", contact()));
}

#[test]
fn a_conversation_that_is_gone_is_missing_and_its_contact_stays() {
    let mut chat = chatting();
    let check = Call::Check(room());
    chat.ask(&check);
    chat.next(&check, 200, &contact_row());
    let gone = json!({"status": 404, "error": "Not Found"});
    assert_eq!(chat.end(&check, 404, &gone), refused(RefusalKind::Missing));
    let (line, _) = chat.ask(&Call::Begin);
    assert_eq!(line, format!("POST {BASE}/contacts"));
}

#[test]
fn a_contact_that_is_gone_is_forgotten_with_all_that_was_kept() {
    let mut chat = chatting();
    let check = Call::Check(room());
    chat.ask(&check);
    let gone = json!({"status": 404, "error": "Not Found"});
    assert_eq!(chat.end(&check, 404, &gone), refused(RefusalKind::Missing));
    let kept = chat.0.keep().unwrap();
    assert!(!kept.contains(NEW) && !kept.contains(TOKEN));
    assert_eq!(chat.0.door(&none()), Ok(None));
    assert_eq!(chat.known(&check), refused(RefusalKind::Missing));
}

#[test]
fn the_oldest_servers_are_not_asked_for_what_they_do_not_have() {
    let mut chat = chatting_of_old();
    let check = Call::Check(room());
    chat.ask(&check);
    // What there is to know of it is known.
    let info = info(chat.end(&check, 200, &contact_row()));
    assert_eq!(info.id, Some(room()));
    assert!(!info.closed);
    for call in [
        Call::Seen(room(), id(1)),
        Call::Typing(room(), true),
        Call::End(room()),
    ] {
        assert_eq!(chat.known(&call), Ok(Reply::Done));
    }
}

#[test]
fn the_oldest_servers_are_not_asked_for_a_list_that_they_fail_to_make() {
    let mut chat = Chat(OneChat::new(proven()));
    chat.look(404);
}

#[test]
fn a_server_of_unknown_age_is_looked_at_when_a_conversation_cannot_be_read() {
    for (status, outcome) in [(404, Ok(())), (200, Err(RefusalKind::Missing))] {
        let mut chat = chat();
        chat.begin();
        let check = Call::Check(room());
        chat.ask(&check);
        chat.next(&check, 200, &contact_row());
        let (line, _) = chat.next(&check, 404, &json!({}));
        assert_eq!(line, format!("GET {BASE}"));
        let end = chat.end(&check, status, &inbox());
        match outcome {
            Ok(()) => assert_eq!(info(end).id, Some(room())),
            Err(kind) => assert_eq!(end, refused(kind)),
        }
    }
}

#[test]
fn the_three_generations_all_lead_to_a_chat() {
    // The white label of 2022 has neither the inbox nor seen times.
    let mut old = chatting_of_old();
    let row = json!({"id": 52, "inbox_id": 3, "status": "open", "contact_last_seen_at": 0,
        "messages": [with(theirs(1, "note"), "private", json!(true))]});
    assert!(old.read(&json!([theirs(1, "Hello")])).len() == 1);
    let Ok(Reply::Rooms(rooms)) = old.run(&Call::Rooms, 200, &json!([row])) else {
        panic!("no list");
    };
    assert_eq!(rooms.len(), 1);
    // The white label of 2025 and the original have them all.
    let mut new = chatting();
    let check = Call::Check(room());
    new.ask(&check);
    new.next(&check, 200, &contact_row());
    assert!(
        info(new.end(&check, 200, &conversation("open")))
            .seen_until
            .is_some()
    );
    assert_eq!(
        new.run(&Call::Typing(room(), true), 200, &Value::Null),
        Ok(Reply::Done)
    );
}

#[test]
fn a_conversation_that_was_there_and_is_over_is_opened_by_the_message_that_waits() {
    let mut chat = chat();
    chat.look(200);
    chat.ask(&Call::Begin);
    chat.next(&Call::Begin, 200, &contact_row());
    let info = info(chat.end(&Call::Begin, 200, &conversation("resolved")));
    assert!(!info.closed);
}

#[test]
fn a_visitor_who_is_not_welcome_begins_no_conversation_after_the_first() {
    let mut chat = chat();
    chat.look(200);
    chat.ask(&Call::Begin);
    chat.next(&Call::Begin, 200, &contact_row());
    let born_over = with(
        conversation("resolved"),
        "contact",
        json!({"blocked": true}),
    );
    assert_eq!(
        chat.end(&Call::Begin, 200, &born_over),
        refused(RefusalKind::Rejected)
    );
    assert_eq!(chat.known(&Call::Begin), refused(RefusalKind::Rejected));
}

#[test]
fn a_site_that_keeps_the_visitors_id_itself_is_believed() {
    let mut given = settings();
    given.contact.source_id = Some("ours/1".into());
    let mut chat = Chat(OneChat::new(given));
    chat.ask(&Call::Look);
    let (line, _) = chat.next(&Call::Look, 200, &inbox());
    assert_eq!(line, format!("GET {BASE}/contacts/ours%2F1"));
    assert_eq!(info(chat.end(&Call::Look, 404, &json!({}))).id, None);
    let (_, body) = chat.ask(&Call::Begin);
    assert_eq!(body, json!({"source_id": "ours/1"}));
}

#[test]
fn what_the_system_does_not_know_is_refused_at_once() {
    let mut chat = chatting();
    for call in [
        Call::Delete(room(), id(1)),
        Call::Unread,
        Call::BeginWith(Vec::new(), String::new()),
    ] {
        assert_eq!(chat.known(&call), refused(RefusalKind::Rejected));
    }
}

#[test]
fn nothing_secret_is_printed() {
    let chat = chatting();
    let mut given = proven();
    given.contact.email = Some("ada@example.org".into());
    let printed = format!("{:?} {:?} {:?}", given, given.contact, chat.0.door(&none()));
    for secret in ["beef01", "ada@", TOKEN, NEW, "member"] {
        assert!(!printed.contains(secret), "{printed}");
    }
    let mut chat = Chat(OneChat::new(given));
    let printed = format!("{:?}", chat.0.encode(&Call::Begin, &none()));
    for secret in ["beef01", "ada@", NEW] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
