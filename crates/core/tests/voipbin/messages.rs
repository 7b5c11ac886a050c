//! Pages of messages and the answer to one (contract 3.1, 3.5; 6, 3–5, 11–15, 24,
//! 25).

use concierge_core::backend::RefusalKind;
use concierge_core::model::{Rich, RichKind};
use concierge_core::{Author, Content, FileContent, FileKind};
use serde_json::{Value, json};

use crate::*;

fn one(is_talk: bool, change: impl FnOnce(&mut Value)) -> Message {
    let mut adapter = if is_talk { talk() } else { legacy() };
    let mut row = row(is_talk, 7, PEER, "hello");
    change(&mut row);
    let mut messages = read(&mut adapter, &[row]);
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

#[test]
fn a_message_is_its_row_in_either_dialect() {
    for is_talk in [false, true] {
        let message = one(is_talk, |_| {});
        assert_eq!(message.id.0, "1772607907250125~message-7");
        assert_eq!(message.conversation, Some(room("room-1")));
        assert_eq!(message.author, Author::Them);
        assert_eq!(message.content, Some(Content::Text("hello".into())));
        assert_eq!(message.at.0, at(7));
        assert_eq!(message.uid, None);
    }
}

#[test]
fn own_messages_and_the_system_s_are_told_apart() {
    for is_talk in [false, true] {
        let mut adapter = if is_talk { talk() } else { legacy() };
        let mine = read(&mut adapter, &[row(is_talk, 7, ME, "x")]);
        assert_eq!(mine[0].author, Author::Me);
        let system = one(is_talk, |row| row["type"] = json!("system"));
        assert_eq!(system.author, Author::System);
        assert_eq!(
            one(is_talk, |row| row["type"] = json!("")).author,
            Author::Them
        );
    }
    // The copy is the visitor's own also when its message is not.
    for source in [
        Value::Null,
        json!({}),
        json!({"type": "tel", "target": "+62"}),
    ] {
        assert_eq!(
            one(false, |row| row["source"] = source).author,
            Author::Them
        );
    }
}

#[test]
fn a_copy_without_its_message_s_id_goes_by_its_own() {
    let message = one(false, |row| row["messagechat_id"] = Value::Null);
    assert_eq!(message.id.name(), "copy-7");
}

#[test]
fn times_are_utc_in_all_their_forms() {
    for is_talk in [false, true] {
        for time in [
            "2026-03-04 07:05:07.250125",
            "2026-03-04T07:05:07.250125Z",
            "2026-03-04T07:05:07.25Z",
            "2026-03-04T14:05:07.25+07:00",
        ] {
            let message = one(is_talk, |row| row["tm_create"] = json!(time));
            assert_eq!(message.at.0, at(7), "{time}");
        }
        assert_eq!(one(is_talk, |row| row["tm_create"] = json!("soon")).at.0, 0);
    }
}

#[test]
fn a_message_that_is_gone_says_nothing_whatever_its_row_says() {
    for is_talk in [false, true] {
        for gone in ["2026-03-04 08:00:00.000000", "2026-03-04T08:00:00Z"] {
            let message = one(is_talk, |row| row["tm_delete"] = json!(gone));
            assert_eq!(message.content, None);
        }
        for there in [
            Value::Null,
            json!(""),
            json!("9999-01-01 00:00:00.000000"),
            json!("9999-12-31T23:59:59Z"),
            json!("0001-01-01T00:00:00Z"),
        ] {
            let message = one(is_talk, |row| row["tm_delete"] = there);
            assert!(message.content.is_some());
        }
        let message = one(is_talk, |row| {
            row.as_object_mut().unwrap().remove("tm_delete");
        });
        assert!(message.content.is_some());
    }
}

#[test]
fn medias_that_are_empty_are_none() {
    let zero = json!([{"type": "file", "address": {}, "agent": {"id": NOBODY}, "file_id": NOBODY}]);
    for medias in [
        Value::Null,
        json!([]),
        json!([{}]),
        json!([{"type": "unknown"}]),
        zero,
    ] {
        for is_talk in [false, true] {
            let message = one(is_talk, |row| row["medias"] = medias.clone());
            assert_eq!(message.content, Some(Content::Text("hello".into())));
        }
    }
}

fn link(url: &str, name: &str, kind: FileKind) -> FileContent {
    FileContent {
        kind,
        url: url.into(),
        name: name.into(),
        mime: None,
        size: None,
        dimensions: None,
    }
}

#[test]
fn links_are_files_by_their_endings() {
    for (end, kind) in [
        ("roof.PNG", FileKind::Image),
        ("tour.mp4", FileKind::Video),
        ("call.wav", FileKind::Audio),
        ("plan.pdf", FileKind::Other),
    ] {
        let url = format!("https://f.example.org/a/{end}");
        let message = one(false, |row| {
            row["text"] = json!("");
            row["medias"] = json!([{"type": "link", "link_url": url}]);
        });
        assert_eq!(message.content, Some(Content::File(link(&url, end, kind))));
    }
}

#[test]
fn a_text_with_links_is_both() {
    let message = one(false, |row| {
        row["text"] = json!("see #1");
        row["medias"] = json!([
            {"type": "link", "link_url": "https://f.example.org/a.pdf?b=c"},
            {"type": "link", "link_url": "https://f.example.org/b"},
        ]);
    });
    let rich = Rich {
        kind: RichKind::Plain,
        text: "see #1".into(),
        files: vec![
            link("https://f.example.org/a.pdf?b=c", "a.pdf", FileKind::Other),
            link("https://f.example.org/b", "b", FileKind::Other),
        ],
        answered: false,
        parts: String::new(),
    };
    assert_eq!(message.content, Some(Content::Rich(Box::new(rich))));
}

#[test]
fn an_address_is_a_line_of_the_text() {
    let address = json!([{"type": "address", "address": {"type": "tel", "target": "+6221555"}}]);
    let message = one(true, |row| row["medias"] = address.clone());
    assert_eq!(
        message.content,
        Some(Content::Text("hello\n+6221555".into()))
    );
    let message = one(true, |row| {
        row["text"] = Value::Null;
        row["medias"] = address;
    });
    assert_eq!(message.content, Some(Content::Text("+6221555".into())));
}

#[test]
fn an_agent_is_a_line_of_the_text_by_name_or_as_titles_have_it() {
    let one_of = |is_talk, agent: Value| {
        let message = one(is_talk, |row| row["medias"] = json!([agent]));
        message.content.expect("a content").preview().to_owned()
    };
    let named = json!({"type": "agent", "address": {}, "file_id": NOBODY,
        "agent": {"id": PEER, "name": "Gate house"}});
    assert_eq!(one_of(false, named), "hello\nGate house");
    let legacy = json!({"type": "agent", "agent": {"id": PEER}});
    assert_eq!(one_of(false, legacy), "hello\nbbbb2222");
    let talk = json!({"type": "agent", "agent_id": PEER, "address": {}});
    assert_eq!(one_of(true, talk), "hello\nbbbb2222");
    let nobody = json!({"type": "agent", "agent": {"id": NOBODY, "name": ""}});
    assert_eq!(one_of(false, nobody), "hello");
}

#[test]
fn rows_that_say_nothing_or_cannot_be_read_are_left_out() {
    let mut silent = said(2, PEER, "");
    silent["medias"] = json!([{"type": "agent", "agent_id": NOBODY}]);
    let rows = [
        said(3, PEER, "c"),
        silent,
        json!({"text": "no id"}),
        json!(7),
        Value::Null,
    ];
    assert_eq!(read(&mut talk(), &rows).len(), 1);
    for page in [
        json!({}),
        json!({"result": null}),
        json!({"result": {}}),
        json!([]),
    ] {
        let empty = messages(outcome(&mut talk(), &newest(), 200, &page));
        assert_eq!(empty, []);
    }
}

#[test]
fn what_was_sent_stays_as_it_was_written() {
    for (mut adapter, is_talk) in both().into_iter().zip([false, true]) {
        let stored = row(is_talk, 9, ME, "changed on the way");
        let Ok(Reply::Sent(message)) = outcome(&mut adapter, &send("hi"), 200, &stored) else {
            panic!("not sent");
        };
        assert_eq!(message.content, Some(Content::Text("hi".into())));
        assert_eq!(message.author, Author::Me);
        assert_eq!(message.id.name(), "message-9");
        // The page has the same one.
        let page = read(&mut adapter, &[stored]);
        assert_eq!(page[0].id, message.id);
        let refusal = outcome(&mut adapter, &send("hi"), 200, &json!({})).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Unclear);
    }
}
