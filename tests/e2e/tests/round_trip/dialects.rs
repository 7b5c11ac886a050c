//! Every answer and event in each of the shapes that the contract has seen.

use concierge_core::{Action, Author, Content, FileKind, Older, RowState, Status};
use serde_json::{Value, json};

use crate::shell::Shell;
use crate::{chatting, console, server, stored};

/// What a history shows of messages that were taken back.
fn leaves_rows(dialect: &Value) -> bool {
    matches!(dialect["delete_effect"].as_str(), Some("status0" | "empty"))
}

/// A chat in which everything happens once: words, seen marks, messages taken
/// back by either side, a reload, the end.
async fn everything_happens(dialect: Value) {
    let (server, mut shell) = chatting(dialect.clone()).await;
    shell.sent("Good evening").await;
    let session = server.session().await;
    server.staff_says(&session, "Welcome").await;
    shell.row("Welcome", &RowState::Received).await;
    assert_eq!(shell.texts(), ["Good evening", "Welcome"], "{dialect}");
    assert_eq!(shell.mirror.unread, 1, "{dialect}");
    shell.until("joined", |it| it.joined).await;

    shell.act(Action::Saw(shell.key("Welcome")));
    shell.row("Welcome", &RowState::Seen).await;
    assert_eq!(shell.mirror.unread, 0, "{dialect}");
    let inspected = server.inspect().await;
    let seen = inspected["seen"].as_array().expect("a list");
    let ids: Vec<_> = seen.iter().map(|it| &it["message"]).collect();
    assert_eq!(ids, [&inspected["messages"][1]["id"]], "{dialect}");
    console(&server, "POST", &format!("/{session}/seen"), json!({})).await;
    shell.row("Good evening", &RowState::Seen).await;

    shell.sent("Wrong room").await;
    shell.act(Action::Unsend(shell.key("Wrong room")));
    let is_unsent = |it: &concierge_core::Mirror, place: usize| {
        it.rows.get(place).map(|row| &row.state) == Some(&RowState::Unsent)
    };
    shell.soon("unsent", |it| is_unsent(it, 2)).await;
    server.staff_says(&session, "Wrong guest").await;
    shell.row("Wrong guest", &RowState::Received).await;
    let id = &stored(&server).await[3]["id"];
    server.staff_deletes(&session, id).await;
    shell.until("taken back", |it| is_unsent(it, 3)).await;
    assert_eq!(shell.mirror.rows.len(), 4, "{dialect}");
    assert_eq!(shell.mirror.unread, 0, "{dialect}");
    let unsent: Vec<_> = stored(&server)
        .await
        .iter()
        .map(|it| it["unsent"] == true)
        .collect();
    assert_eq!(unsent, [false, false, true, true], "{dialect}");

    shell.leave();
    shell.open().await;
    let expected: &[&str] = if leaves_rows(&dialect) {
        &["Good evening", "Welcome", "", ""]
    } else {
        &["Good evening", "Welcome"]
    };
    assert_eq!(shell.texts(), expected, "{dialect}");
    assert_eq!(shell.mirror.rows[0].author, Author::Me, "{dialect}");
    assert_eq!(shell.mirror.rows[1].author, Author::Them, "{dialect}");
    assert_eq!(server.sessions().await.len(), 1, "{dialect}");
    server.staff_ends(&session).await;
    shell
        .until("ended", |it| it.connection.status == Status::Ended)
        .await;
}

#[tokio::test]
async fn the_session_reads_the_server_in_all_its_dialects() {
    let dialects = [
        json!({"ids": "numbers", "times": "numbers", "unread_type": "number"}),
        json!({"ids": "strings", "metadata_key": "metdata"}),
        json!({"channel_echo": "other_limit"}),
        json!({"channel_echo": "bare"}),
        json!({"channel_echo": "array"}),
        json!({"status_key": "statusCode", "content_key": "payload"}),
        json!({"content_key": "data", "event_key": "body"}),
        json!({"event_key": "data", "event_envelope": "bare"}),
        json!({"ack": "welcome", "echo_own": "event_before"}),
        json!({"ack": "unknown_shape", "echo_own": "event_after"}),
        json!({"metadata_key": "drop", "echo_own": "event_before"}),
        json!({"metadata_value": "null", "echo_own": "event_after"}),
        json!({"metadata_value": "string"}),
        json!({"metadata_value": "agent_file"}),
        json!({"duplicate_events": 3, "history_order": "shuffled"}),
        json!({"history_order": "desc", "tenant_form": "absent"}),
        json!({"history_scope": "session", "page_cap": 20}),
        json!({"tenant_form": "short", "token": "any", "too_large": "off"}),
        json!({"event_order": "reversed", "duplicate_events": 2}),
        json!({"event_order": {"delay_ms": 150}, "echo_own": "event_before"}),
        json!({"delete_id_type": "string", "init_existing": "same"}),
        json!({"delete_effect": "status0", "delete_id_type": "string"}),
        json!({"delete_effect": "empty", "same_device": "both"}),
        json!({"seen_answer": "other_row"}),
        json!({"junk": "non_json"}),
        json!({"junk": "binary"}),
        json!({"junk": "unknown_channel"}),
        json!({"junk": "no_channel"}),
    ];
    for dialect in dialects {
        everything_happens(dialect).await;
    }
}

#[tokio::test]
async fn a_message_of_each_kind_is_shown_as_what_it_is() {
    for (kind, expected) in [
        ("text", None),
        ("file", Some((FileKind::Other, "house-rules.pdf"))),
        ("image", Some((FileKind::Image, "courtyard.png"))),
        ("video", Some((FileKind::Video, ".mp4"))),
        ("video_as_image", Some((FileKind::Video, ".mp4"))),
        ("unknown", None),
    ] {
        let staff = json!({"value": "closes", "delay_ms": 0});
        let (_server, mut shell) = chatting(json!({"staff": staff, "content_types": kind})).await;
        shell.say("Do you have something for me?");
        shell.until("an answer", |it| it.rows.len() == 2).await;
        let row = &shell.mirror.rows[1];
        assert_eq!(row.author, Author::Them, "{kind}");
        match (&row.content, expected) {
            (Content::Text(text), None) => assert!(!text.is_empty(), "{kind}"),
            (Content::File(file), Some((shown, name))) => {
                assert_eq!(file.kind, shown, "{kind}");
                assert!(file.name.ends_with(name), "{kind}: {}", file.name);
                let bytes = reqwest::get(&file.url).await.expect("the file");
                assert!(bytes.status().is_success(), "{kind}: anyone may read it");
            }
            (content, expected) => panic!("{kind}: {content:?}, not {expected:?}"),
        }
    }
}

#[tokio::test]
async fn a_long_history_is_whole_and_in_order_whatever_its_pages_look_like() {
    let server = server().await;
    let mut first = Shell::new(&server, "first");
    first.open().await;
    let session = server.session().await;
    let lines: Vec<String> = (0..45).map(|number| format!("line {number}")).collect();
    for line in &lines {
        server.staff_says(&session, line).await;
    }
    first.row("line 44", &RowState::Received).await;
    assert_eq!(first.texts(), lines);
    for pages in [
        json!({"page_cap": "none", "history_order": "asc"}),
        json!({"page_cap": 7}),
        json!({"page_cap": 20, "history_order": "desc"}),
        json!({"page_cap": 7, "history_order": "shuffled", "channel_echo": "other_limit"}),
    ] {
        server.switch(pages.clone()).await;
        let mut shell = Shell::new(&server, "second");
        shell.open().await;
        while shell.mirror.older != Older::End {
            shell.act(Action::LoadOlder);
            shell.until("a page", |it| it.older != Older::Loading).await;
        }
        assert_eq!(shell.texts(), lines, "{pages}");
    }
}

#[tokio::test]
async fn events_that_overtake_each_other_end_up_in_order() {
    for order in [json!("reversed"), json!({"delay_ms": 120})] {
        let (server, mut shell) =
            chatting(json!({"event_order": order, "echo_own": "event_after"})).await;
        let session = server.session().await;
        shell.say("mine");
        for line in ["one", "two", "three"] {
            server.staff_says(&session, line).await;
        }
        shell.until("all", |it| it.rows.len() >= 4).await;
        shell.row("mine", &RowState::Sent).await;
        shell.pass(10_000).await;
        assert_eq!(shell.texts(), server.texts().await, "{order}");
    }
}

#[tokio::test]
async fn the_unread_count_is_shown_be_it_a_text_or_a_number() {
    for kind in ["string", "number"] {
        let (server, mut shell) = chatting(json!({"unread_type": kind})).await;
        let session = server.session().await;
        shell.leave();
        for number in 0..25 {
            server.staff_says(&session, &format!("line {number}")).await;
        }
        shell.input(concierge_core::Input::Start);
        // Five of them are on a page that is not loaded.
        shell.until("the count", |it| it.unread == 25).await;
        assert_eq!(shell.mirror.rows.len(), 20);
    }
}
