//! Pages of messages and the answer to one (contract 3.3, 3.4, 5.3–5.7, 5.12).

use concierge_core::backend::onesmile::OneSmile;
use concierge_core::backend::{Backend, Call, RefusalKind, Reply};
use concierge_core::model::{Rich, RichKind};
use concierge_core::{Author, Content, FileContent, FileKind};
use serde_json::{Value, json};

use crate::*;

fn read(rows: &Value) -> Vec<Message> {
    messages(outcome(&mut adapter(), &newest(), 200, rows))
}

fn one(change: impl FnOnce(&mut Value)) -> Message {
    let mut row = row(5, "3", 5, "hello");
    change(&mut row);
    let mut messages = read(&page(&[row]));
    assert_eq!(messages.len(), 1);
    messages.remove(0)
}

#[test]
fn rows_are_found_under_three_names_as_many_as_one_or_none() {
    let row = row(5, "3", 5, "hello");
    for key in ["room_detail", "response", "data"] {
        for (rows, count) in [
            (json!([row]), 1),
            (row.clone(), 1),
            (json!([]), 0),
            (Value::Null, 0),
        ] {
            let mut page = json!({"success": true});
            page[key] = rows;
            assert_eq!(read(&page).len(), count, "{page}");
        }
    }
    assert_eq!(read(&json!({"success": true, "msg": ""})).len(), 0);
}

#[test]
fn a_message_is_its_row() {
    let message = one(|_| {});
    assert_eq!(message.id.name(), "7f3c0000-0000-4000-8000-000000000005");
    assert_eq!(message.author, Author::Them);
    assert_eq!(message.content, Some(Content::Text("hello".into())));
    // 09:30:05.000500 in Jakarta.
    assert_eq!(message.at.0, 1_772_591_405_000);
    assert_eq!(message.uid, None);
}

#[test]
fn a_row_is_known_by_its_uuid_else_by_its_number() {
    for uuid in [Value::Null, json!("")] {
        let message = one(|row| row["message_uuid"] = uuid);
        assert_eq!(message.id.name(), "5");
    }
    let mut nameless = row(5, "3", 5, "hello");
    nameless["message_uuid"] = Value::Null;
    nameless["id"] = Value::Null;
    assert_eq!(read(&page(&[nameless])), []);
}

#[test]
fn ids_grow_with_time_and_then_with_the_row_s_number() {
    let mut rows = vec![
        row(99, "3", 7, "second"),
        row(100, "3", 7, "third"),
        row(500, "3", 6, "first"),
    ];
    rows[0]["message_uuid"] = json!("ffff0000-0000-4000-8000-000000000000");
    assert_eq!(texts(&read(&page(&rows))), ["first", "second", "third"]);
    for row in &mut rows {
        row["created_date"] = json!("");
    }
    assert_eq!(texts(&read(&page(&rows))), ["second", "third", "first"]);
}

#[test]
fn rows_that_say_nothing_are_not_shown() {
    for empty in [Value::Null, json!(""), json!("  ")] {
        let mut silent = row(5, "3", 5, "");
        silent["message"] = empty.clone();
        silent["image"] = empty.clone();
        silent["document"] = empty;
        assert_eq!(read(&page(&[silent])), []);
    }
}

#[test]
fn times_without_a_zone_are_the_site_s_and_others_their_own() {
    let mut london = OneSmile::new(Settings {
        time_zone: Some("+00:00".into()),
        ..settings()
    });
    let rows = page(&[row(5, "3", 5, "hello")]);
    let there = messages(outcome(&mut london, &newest(), 200, &rows));
    assert_eq!(there[0].at.0, 1_772_591_405_000 + 7 * 3_600_000);
    let message = one(|row| row["created_date"] = json!("2026-03-04T02:30:05Z"));
    assert_eq!(message.at.0, 1_772_591_405_000);
    for nothing in [Value::Null, json!(""), json!("yesterday"), json!(7)] {
        assert_eq!(one(|row| row["created_date"] = nothing).at.0, 0);
    }
}

#[test]
fn own_messages_are_those_of_the_member() {
    assert_eq!(one(|row| row["member_id"] = json!("81")).author, Author::Me);
    assert_eq!(one(|row| row["member_id"] = json!(81)).author, Author::Me);
    // The recipient says less than the member.
    assert_eq!(
        one(|row| row["recipient_id"] = json!(DESK)).author,
        Author::Them
    );
}

fn unnamed() -> OneSmile {
    OneSmile::new(Settings {
        member_id: None,
        ..settings()
    })
}

#[test]
fn without_a_member_the_recipient_tells_whose_a_message_is() {
    let rows = page(&[row(5, "3", 5, "theirs"), row(6, ME, 6, "mine")]);
    let authors: Vec<_> = messages(outcome(&mut unnamed(), &newest(), 200, &rows))
        .into_iter()
        .map(|message| message.author)
        .collect();
    assert_eq!(authors, [Author::Them, Author::Me]);
}

#[test]
fn the_answer_to_a_message_tells_who_the_visitor_is_from_then_on() {
    let mut adapter = unnamed();
    let mut answer = row(7, "81", 7, "hi");
    answer["message"] = Value::Null;
    outcome(
        &mut adapter,
        &send("hi"),
        200,
        &json!({"success": true, "response": answer}),
    )
    .unwrap();
    let mut unclear = row(8, "3", 8, "not mine");
    unclear["recipient_id"] = json!(DESK);
    let rows = page(&[unclear, row(7, "81", 7, "hi")]);
    let read = messages(outcome(&mut adapter, &newest(), 200, &rows));
    assert_eq!(
        [&read[0].author, &read[1].author],
        [&Author::Me, &Author::Them]
    );
    let kept = adapter.keep().expect("a change");
    let mut next = unnamed();
    next.restore(&kept);
    let read = messages(outcome(&mut next, &newest(), 200, &rows));
    assert_eq!(
        [&read[0].author, &read[1].author],
        [&Author::Me, &Author::Them]
    );
}

#[test]
fn an_answer_about_another_message_tells_nothing_of_the_visitor() {
    let mut adapter = unnamed();
    let answer = json!({"success": true, "response": row(7, "3", 7, "another")});
    outcome(&mut adapter, &send("hi"), 200, &answer).unwrap();
    let read = messages(outcome(
        &mut adapter,
        &newest(),
        200,
        &page(&[row(8, "3", 8, "x")]),
    ));
    assert_eq!(read[0].author, Author::Them);
}

#[test]
fn what_was_sent_stays_as_it_was_written_whatever_the_answer_says() {
    for said in [
        Value::Null,
        json!(""),
        json!("something else"),
        json!("is it open?"),
    ] {
        let mut answer = row(7, ME, 7, "");
        answer["message"] = said;
        let answer = json!({"success": true, "response": answer});
        let Ok(Reply::Sent(message)) = outcome(&mut adapter(), &send("is it open?"), 200, &answer)
        else {
            panic!("not sent");
        };
        assert_eq!(message.content, Some(Content::Text("is it open?".into())));
        assert_eq!(message.author, Author::Me);
        assert_eq!(message.id.name(), "7f3c0000-0000-4000-8000-000000000007");
    }
}

#[test]
fn a_message_without_a_time_is_as_new_as_the_newest() {
    let mut adapter = adapter();
    outcome(
        &mut adapter,
        &newest(),
        200,
        &page(&[row(5, "3", 5, "hello")]),
    )
    .unwrap();
    let mut answer = row(7, ME, 7, "hi");
    answer["created_date"] = json!("");
    let Ok(Reply::Sent(message)) = outcome(
        &mut adapter,
        &send("hi"),
        200,
        &json!({"success": true, "response": answer}),
    ) else {
        panic!("not sent");
    };
    assert_eq!(message.at.0, 1_772_591_405_000);
}

#[test]
fn an_answer_that_names_no_message_leaves_its_fate_open() {
    for answer in [
        json!({"success": true}),
        json!({"success": true, "response": null}),
        json!({"success": true, "response": {"message": "hi"}}),
    ] {
        let refusal = outcome(&mut adapter(), &send("hi"), 200, &answer).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Unclear);
    }
}

#[test]
fn pictures_and_documents_are_files_at_their_urls() {
    let message = one(|row| {
        row["message"] = Value::Null;
        row["image"] = json!("https://f.example.org/chat/roof.png?x=1");
    });
    let file = |kind, url: &str, name: &str| FileContent {
        kind,
        url: url.into(),
        name: name.into(),
        mime: None,
        size: None,
        dimensions: None,
    };
    let picture = file(
        FileKind::Image,
        "https://f.example.org/chat/roof.png?x=1",
        "roof.png",
    );
    assert_eq!(message.content, Some(Content::File(picture.clone())));
    let message = one(|row| {
        row["message"] = json!("a *roof*");
        row["image"] = json!("https://f.example.org/chat/roof.png?x=1");
        row["document"] = json!("https://f.example.org/plan.pdf");
    });
    let rich = Rich {
        kind: RichKind::Plain,
        text: "a *roof*".into(),
        files: vec![
            picture,
            file(
                FileKind::Other,
                "https://f.example.org/plan.pdf",
                "plan.pdf",
            ),
        ],
        answered: false,
        parts: String::new(),
    };
    assert_eq!(message.content, Some(Content::Rich(Box::new(rich))));
}

#[test]
fn a_picture_in_base64_is_shown_when_its_bytes_are_a_picture() {
    for (start, mime) in [
        ("iVBORw0KGgo", "image/png"),
        ("/9j/4AAQ", "image/jpeg"),
        ("R0lGODlh", "image/gif"),
        ("UklGRiQA", "image/webp"),
    ] {
        let bytes = [start, &"A".repeat(300)].concat();
        for sent in [bytes.clone(), format!("data:image/any;base64,{bytes}")] {
            let message = one(|row| {
                row["message"] = Value::Null;
                row["image"] = json!(sent);
            });
            let Some(Content::File(file)) = message.content else {
                panic!("no file");
            };
            assert_eq!(file.kind, FileKind::Image);
            assert_eq!(file.url, format!("data:{mime};base64,{bytes}"));
        }
    }
    let message = one(|row| {
        row["message"] = Value::Null;
        row["image"] = json!("PHNjcmlwdD4".repeat(30));
    });
    let Some(Content::File(file)) = message.content else {
        panic!("no file");
    };
    assert_eq!((file.kind, file.url.as_str()), (FileKind::Other, ""));
}

#[test]
fn what_the_server_counts_as_unseen_is_unseen_at_first() {
    let mut adapter = adapter();
    outcome(
        &mut adapter,
        &Call::Look,
        200,
        &list(&[listed(700, DESK, 9, 2)]),
    )
    .unwrap();
    let rows = page(&[
        row(4, "3", 4, "a"),
        row(5, "3", 5, "b"),
        row(6, ME, 6, "mine"),
        row(9, "3", 9, "c"),
    ]);
    let unseen = |adapter: &mut OneSmile| -> Vec<bool> {
        let read = messages(outcome(adapter, &newest(), 200, &rows));
        read.iter().map(|message| message.seen).collect()
    };
    assert_eq!(unseen(&mut adapter), [true, false, false, false]);
    // It stays so until the visitor sees them.
    assert_eq!(unseen(&mut adapter), [true, false, false, false]);
    let read = messages(outcome(&mut adapter, &newest(), 200, &rows));
    adapter.encode(&Call::Seen(room("700"), read[3].id.clone()), &token());
    assert_eq!(unseen(&mut adapter), [true, true, false, true]);
}

#[test]
fn news_in_a_room_that_was_empty_are_unseen() {
    let mut adapter = adapter();
    outcome(&mut adapter, &newest(), 200, &page(&[])).unwrap();
    let read = messages(outcome(
        &mut adapter,
        &newest(),
        200,
        &page(&[row(5, "3", 5, "news")]),
    ));
    assert!(!read[0].seen);
}

#[test]
fn whoever_answers_has_read_what_was_there() {
    let mut adapter = adapter();
    outcome(&mut adapter, &newest(), 200, &page(&[])).unwrap();
    outcome(
        &mut adapter,
        &newest(),
        200,
        &page(&[row(5, "3", 5, "news")]),
    )
    .unwrap();
    let answer = json!({"success": true, "response": row(6, ME, 6, "hi")});
    outcome(&mut adapter, &send("hi"), 200, &answer).unwrap();
    let rows = page(&[
        row(5, "3", 5, "news"),
        row(6, ME, 6, "hi"),
        row(7, "3", 7, "more"),
    ]);
    let read = messages(outcome(&mut adapter, &newest(), 200, &rows));
    assert!(read[0].seen && !read[2].seen);
}

/// A server with rows 1 to `count` that counts pages in its own way.
fn serve(count: u32, from_oldest: bool, cap: u32) -> impl FnMut(&str, &Value) -> Value {
    move |command, body| {
        if command != "generalmessagedetail" {
            return list(&[listed(700, DESK, count, 0)]);
        }
        let start = u32::try_from(body["sf"].as_u64().unwrap()).unwrap();
        let limit = u32::try_from(body["limit"].as_u64().unwrap())
            .unwrap()
            .min(cap);
        let row = |place: u32| {
            let number = if from_oldest {
                place + 1
            } else {
                count - place
            };
            row(number, "3", number, &format!("n{number}"))
        };
        let mut rows: Vec<Value> = (start..count.min(start + limit)).map(row).collect();
        // Neither order within a page means anything.
        let half = rows.len() / 2;
        rows.rotate_left(half);
        page(&rows)
    }
}

#[test]
fn pages_counted_from_the_newest_are_read_one_by_one() {
    let mut adapter = adapter();
    run(&mut adapter, &Call::Look, serve(10, false, 100)).unwrap();
    let mut first = |call: &Call| messages(run(&mut adapter, call, serve(10, false, 100)));
    assert_eq!(texts(&first(&newest())), ["n7", "n8", "n9", "n10"]);
    assert_eq!(
        texts(&first(&history(2, Some(4)))),
        ["n3", "n4", "n5", "n6"]
    );
    assert_eq!(texts(&first(&history(2, Some(8)))), ["n1", "n2"]);
    assert_eq!(first(&history(2, Some(10))), []);
}

#[test]
fn pages_counted_from_the_oldest_are_read_to_their_end() {
    for cap in [100, 3] {
        let mut adapter = adapter();
        run(&mut adapter, &Call::Look, serve(10, true, cap)).unwrap();
        let all = messages(run(&mut adapter, &newest(), serve(10, true, cap)));
        assert_eq!(all.len(), 10);
        let mut requests = 0;
        let mut server = serve(11, true, cap);
        let news = messages(run(&mut adapter, &newest(), |command, body| {
            requests += 1;
            server(command, body)
        }));
        assert!(texts(&news).contains(&"n11"), "{:?}", texts(&news));
        assert!(requests <= 3);
        assert!(news.len() <= 5);
        let older = messages(run(
            &mut adapter,
            &history(2, Some(4)),
            serve(11, true, 100),
        ));
        assert_eq!(texts(&older), ["n4", "n5", "n6", "n7"]);
        let first = messages(run(
            &mut adapter,
            &history(2, Some(9)),
            serve(11, true, 100),
        ));
        assert_eq!(texts(&first), ["n1", "n2"]);
        let beyond = adapter.encode(&history(2, Some(11)), &token());
        assert_eq!(beyond, Outgoing::Known(Ok(Reply::Messages(Vec::new()))));
    }
}

#[test]
fn a_server_that_ignores_the_offset_is_not_asked_for_ever() {
    let mut adapter = adapter();
    // The list tells of a later message than any page has.
    outcome(
        &mut adapter,
        &Call::Look,
        200,
        &list(&[listed(700, DESK, 50, 0)]),
    )
    .unwrap();
    let rows = page(&[row(1, "3", 1, "a"), row(2, "3", 2, "b")]);
    for most in [2, 1] {
        let mut requests = 0;
        run(&mut adapter, &newest(), |_, _| {
            requests += 1;
            rows.clone()
        })
        .unwrap();
        assert_eq!(requests, most);
    }
}
