//! What outlives a page.

use concierge_core::backend::onechat::OneChat;
use concierge_core::backend::{Backend, Call, RefusalKind};
use serde_json::json;

use crate::fixtures::*;

#[test]
fn nothing_is_kept_before_something_is_known() {
    let mut chat = chat();
    assert_eq!(chat.0.keep(), None);
    chat.look(200);
    assert!(chat.0.keep().is_some());
    assert_eq!(chat.0.keep(), None);
}

#[test]
fn what_is_kept_leads_to_the_same_contact_on_the_next_page() {
    let kept = chatting().0.keep().unwrap();
    let mut chat = Chat(OneChat::new(concierge_core::backend::onechat::Settings {
        new_id: "another".into(),
        ..settings()
    }));
    chat.0.restore(&kept);
    assert_eq!(chat.0.keep(), None);
    assert!(chat.0.door(&none()).unwrap().is_some());
    assert_eq!(
        chat.ask(&Call::Check(room())).0,
        format!("GET {}", contact())
    );
    // The inbox is known, too.
    let elsewhere = json!({"id": 60, "inbox_id": 77, "status": "open"});
    assert_eq!(chat.event("conversation.updated", &elsewhere), []);
    let (_, body) = chat.ask(&Call::Begin);
    assert_eq!(body["source_id"], NEW);
}

#[test]
fn the_age_of_the_server_is_kept() {
    let kept = chatting_of_old().0.keep().unwrap();
    let mut chat = chat();
    chat.0.restore(&kept);
    let check = Call::Check(room());
    chat.ask(&check);
    assert_eq!(info(chat.end(&check, 200, &contact_row())).id, Some(room()));
}

#[test]
fn another_persons_contact_is_not_taken_up_and_is_written_over() {
    let anonymous = chatting().0.keep().unwrap();
    let mut member = Chat(OneChat::new(proven()));
    member.0.restore(&anonymous);
    assert_eq!(
        member.known(&Call::Check(room())),
        refused(RefusalKind::Missing)
    );
    let kept = member.0.keep().unwrap();
    assert!(!kept.contains(NEW) && !kept.contains(TOKEN));
    // And back: whoever signs out is somebody else.
    let mut member = Chat(OneChat::new(proven()));
    member.begin_proven();
    let kept = member.0.keep().unwrap();
    let mut again = Chat(OneChat::new(proven()));
    again.0.restore(&kept);
    assert_eq!(again.0.keep(), None);
    let mut chat = chat();
    chat.0.restore(&kept);
    assert_eq!(chat.known(&history()), refused(RefusalKind::Missing));
}

#[test]
fn another_inboxs_or_versions_leavings_are_as_good_as_none() {
    let kept = chatting().0.keep().unwrap();
    for text in [
        String::new(),
        "nonsense".into(),
        "{}".into(),
        "[1]".into(),
        kept.replace("inbox24", "inbox25"),
        kept.replace("\"v\":1", "\"v\":2"),
        kept.replace("\"exists\":true", "\"exists\":[]"),
    ] {
        let mut chat = chat();
        chat.0.restore(&text);
        chat.ask(&Call::Look);
        if !text.contains("[]") {
            assert_eq!(
                chat.known(&history()),
                refused(RefusalKind::Missing),
                "{text}"
            );
        }
    }
}

#[test]
fn a_site_that_gives_another_id_starts_from_that() {
    let kept = chatting().0.keep().unwrap();
    let mut given = settings();
    given.contact.source_id = Some("theirs-1".into());
    let mut chat = Chat(OneChat::new(given));
    chat.0.restore(&kept);
    assert_eq!(
        chat.ask(&Call::Check(room())).0,
        format!("GET {BASE}/contacts/theirs-1")
    );
    assert_eq!(chat.0.door(&none()), Ok(None));
}
