//! The visitor's rooms: the list, names, beginning, leaving, what is unread
//! (contract 3.2, 3.3, 3.5, 5; 6, 1, 3, 5–7, 12, 14).

use concierge_core::backend::{Backend, Call, Outgoing, RefusalKind, Reply};
use serde_json::{Value, json};

use crate::*;

fn ids(rooms: &[Room]) -> Vec<&str> {
    rooms.iter().map(|room| room.id.0.as_str()).collect()
}

#[test]
fn rooms_of_all_pages_are_listed_the_newest_first() {
    for (mut adapter, make) in both().into_iter().zip([chatroom, chat]) {
        let mut asked = Vec::new();
        let outcome = run(&mut adapter, &Call::Look, |line| {
            if is_look(line) {
                return (200, list(&[]));
            }
            asked.push(line.to_owned());
            let page = match asked.len() {
                1 => list(&[make("b", 30, "B"), make("a", 20, "A")]),
                2 => list(&[make("c", 10, "C")]),
                _ => list(&[]),
            };
            (200, page)
        });
        let Ok(Reply::Rooms(rooms)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(ids(&rooms), ["b", "a", "c"]);
        assert_eq!(asked.len(), 3);
        assert!(asked[1].contains("&page_token=2026-03-04"), "{}", asked[1]);
        assert!(!asked[1].contains([' ', ':'].as_slice()) || asked[1].starts_with("GET "));
        assert_eq!(rooms[0].title, "B");
        assert_eq!(rooms[0].unread, 0);
    }
}

#[test]
fn a_server_that_gives_the_same_page_again_is_not_asked_for_ever() {
    let mut requests = 0;
    let outcome = run(&mut talk(), &Call::Look, |line| {
        requests += usize::from(!is_look(line));
        (200, list(&[chat("a", 1, "A")]))
    });
    assert!(matches!(outcome, Ok(Reply::Rooms(rooms)) if rooms.len() == 1));
    assert_eq!(requests, 2);
}

#[test]
fn rooms_that_are_gone_or_somebody_else_s_are_not_listed() {
    let mut gone = chatroom("gone", 3, "x");
    gone["tm_delete"] = json!("2026-03-04 08:00:00.000000");
    let mut foreign = chatroom("foreign", 3, "x");
    foreign["owner_id"] = json!(PEER);
    let mut unsaid = chatroom("unsaid", 2, "x");
    unsaid.as_object_mut().unwrap().remove("owner_id");
    unsaid.as_object_mut().unwrap().remove("tm_delete");
    let mut unknown = chatroom("unknown", 1, "x");
    unknown["type"] = json!("unknown");
    unknown["tm_delete"] = Value::Null;
    let listed = rooms(
        &mut legacy(),
        &[gone, foreign, unsaid, unknown, json!({"name": "no id"})],
    );
    assert_eq!(ids(&listed), ["unsaid", "unknown"]);
}

#[test]
fn a_room_is_called_by_its_name_else_by_what_it_is_about_else_by_who_is_in_it() {
    let mut about = chatroom("about", 5, "");
    about["detail"] = json!("the north gate");
    let mut people = chatroom("people", 4, "");
    people["participant_ids"] = json!([THIRD, ME, PEER]);
    let mut adapter = legacy();
    let rows = [
        chatroom("named", 6, "night"),
        about,
        people,
        chatroom("room-1", 3, ""),
    ];
    let titles = |adapter: &mut VoipBin| -> Vec<String> {
        rooms(adapter, &rows)
            .into_iter()
            .map(|room| room.title)
            .collect()
    };
    let known = ["night", "the north gate", "cccc3333, bbbb2222", "bbbb2222"];
    assert_eq!(titles(&mut adapter), known);
    // Somebody who has written is known by name.
    let mut named = copy(9, PEER, "hi");
    named["source"]["target_name"] = json!("Robin");
    read(&mut adapter, &[named]);
    assert_eq!(titles(&mut adapter)[0], "Robin");

    let mut talk = talk();
    assert_eq!(rooms(&mut talk, &[chat("room-1", 1, "")])[0].title, "");
    read(&mut talk, &[said(9, PEER, "hi")]);
    assert_eq!(
        rooms(&mut talk, &[chat("room-1", 1, "")])[0].title,
        "bbbb2222"
    );
}

#[test]
fn a_stored_room_is_there_or_over_or_missing() {
    for (mut adapter, make) in both().into_iter().zip([chatroom, chat]) {
        let check = Call::Check(room("r"));
        let fine = make("r", 1, "x");
        assert_eq!(
            conversation(outcome(&mut adapter, &check, 200, &fine)),
            ("r".into(), false)
        );
        let mut gone = fine.clone();
        gone["tm_delete"] = json!("2026-03-04T08:00:00.5Z");
        assert_eq!(
            conversation(outcome(&mut adapter, &check, 200, &gone)),
            ("r".into(), true)
        );
        for status in [400, 404] {
            let refusal = outcome(&mut adapter, &check, status, &Value::Null).unwrap_err();
            assert_eq!(refusal.kind, RefusalKind::Missing);
        }
    }
}

#[test]
fn a_room_that_was_made_is_taken() {
    let call = Call::BeginWith(vec![PEER.into()], "gate".into());
    for (mut adapter, make) in both().into_iter().zip([chatroom, chat]) {
        let made = outcome(&mut adapter, &call, 200, &make("new", 1, "gate"));
        let Ok(Reply::Conversation(info)) = made else {
            panic!("{made:?}");
        };
        assert_eq!(info.id, Some(room("new")));
        assert_eq!(info.visitor.as_deref(), Some(ME));
        let refusal = outcome(&mut adapter, &call, 400, &Value::Null).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Rejected);
    }
}

#[test]
fn the_legacy_room_with_somebody_is_not_made_twice() {
    let mut adapter = legacy();
    rooms(&mut adapter, &[chatroom("with-peer", 1, "")]);
    let call = Call::BeginWith(vec![PEER.into()], String::new());
    let Outgoing::Known(known) = adapter.encode(&call, &token()) else {
        panic!("a request");
    };
    assert_eq!(conversation(known).0, "with-peer");
    for call in [
        Call::BeginWith(vec![PEER.into()], "another".into()),
        Call::BeginWith(vec![THIRD.into()], String::new()),
        Call::BeginWith(vec![PEER.into(), THIRD.into()], String::new()),
    ] {
        assert_eq!(line(&ask(&mut adapter, &call)), "POST chatrooms");
    }
}

/// Who is in a talk.
fn people(ids: &[&str]) -> Value {
    let rows = ids.iter().map(|id| json!({"id": format!("of-{id}"), "owner_type": "agent", "owner_id": id, "tm_joined": "2026-03-04T07:00:00Z"}));
    rows.collect()
}

#[test]
fn the_talk_with_somebody_is_not_made_twice() {
    let call = Call::BeginWith(vec![PEER.into()], String::new());
    let mut adapter = talk();
    let mut made: Vec<Value> = Vec::new();
    for _ in 0..2 {
        let begun = run(&mut adapter, &call, |line| {
            let answer = match line {
                "GET talk_chats?page_size=100" => list(&made),
                "GET talk_chats/with-peer/participants" => people(&[PEER, ME]),
                "POST talk_chats" => {
                    made.push(chat("with-peer", 1, ""));
                    made[0].clone()
                }
                _ => panic!("{line}"),
            };
            (200, answer)
        });
        assert_eq!(conversation(begun), ("with-peer".into(), false));
        assert_eq!(made.len(), 1);
    }
    for call in [
        Call::BeginWith(vec![PEER.into()], "another".into()),
        Call::BeginWith(vec![PEER.into(), THIRD.into()], String::new()),
    ] {
        assert_eq!(line(&ask(&mut adapter, &call)), "POST talk_chats");
    }
}

#[test]
fn only_a_talk_with_that_one_alone_will_do_and_eight_are_asked_at_most() {
    let mut gone = chat("gone", 50, "");
    gone["tm_delete"] = json!("2026-03-04T08:00:00Z");
    let mut group = chat("group", 49, "");
    group["type"] = json!("group");
    let mut rows = vec![gone, group];
    rows.extend((10..20).map(|number| chat(&format!("t{number}"), number, "")));
    let call = Call::BeginWith(vec![PEER.into()], String::new());
    let mut asked = Vec::new();
    let begun = run(&mut talk(), &call, |line| {
        asked.push(line.to_owned());
        match line {
            "GET talk_chats?page_size=100" => (200, list(&rows)),
            "POST talk_chats" => (200, chat("new", 1, "")),
            _ if line.contains("t10") => (200, people(&[ME])),
            _ if line.contains("t11") => (200, people(&[ME, THIRD])),
            _ if line.contains("t12") => (200, people(&[ME, PEER, THIRD])),
            _ if line.contains("t13") => (404, Value::Null),
            _ => (200, list(&[])),
        }
    });
    assert_eq!(conversation(begun).0, "new");
    assert_eq!(asked.len(), 10);
    assert_eq!(asked[1], "GET talk_chats/t10/participants");
    assert_eq!(asked[8], "GET talk_chats/t17/participants");
    // What is not known makes no other one.
    for status in [401, 429, 500] {
        let begun = run(&mut talk(), &call, |line| match line {
            "GET talk_chats?page_size=100" => (200, list(&rows)),
            _ => (status, Value::Null),
        });
        let kind = begun.unwrap_err().kind;
        assert!(!matches!(
            kind,
            RefusalKind::Missing | RefusalKind::Rejected
        ));
    }
}

#[test]
fn leaving_a_legacy_room_deletes_the_visitor_s_view() {
    let mut adapter = legacy();
    let end = Call::End(room("r"));
    let left = outcome(&mut adapter, &end, 200, &chatroom("r", 1, "x"));
    assert_eq!(conversation(left), ("r".into(), true));
    let refusal = outcome(&mut adapter, &end, 400, &Value::Null).unwrap_err();
    assert_eq!(refusal.kind, RefusalKind::Rejected);
}

#[test]
fn leaving_a_talk_deletes_the_visitor_s_participation() {
    let person = |id: &str, owner: &str| json!({"id": id, "owner_id": owner, "tm_joined": "2026-03-04T07:00:00Z"});
    let mut asked = Vec::new();
    let left = run(&mut talk(), &Call::End(room("r")), |line| {
        asked.push(line.to_owned());
        (
            200,
            if asked.len() == 1 {
                json!([person("p-1", PEER), person("p-2", ME)])
            } else {
                person("p-2", ME)
            },
        )
    });
    assert_eq!(conversation(left), ("r".into(), true));
    assert_eq!(asked[1], "DELETE talk_chats/r/participants/p-2");
    // Whoever is not there has left.
    let left = outcome(
        &mut talk(),
        &Call::End(room("r")),
        200,
        &json!([person("p-1", PEER)]),
    );
    assert_eq!(conversation(left), ("r".into(), true));
}

fn unread(adapter: &mut VoipBin) -> u32 {
    match adapter.encode(&Call::Unread, &token()) {
        Outgoing::Known(Ok(Reply::Unread(count))) => count,
        other => panic!("{other:?}"),
    }
}

#[test]
fn messages_are_counted_until_the_visitor_has_seen_them() {
    for (mut adapter, is_talk) in both().into_iter().zip([false, true]) {
        let seen = |adapter: &mut VoipBin| -> Vec<bool> {
            let rows = [4, 3, 2, 1].map(|number| row(is_talk, number, PEER, "x"));
            read(adapter, &rows)
                .iter()
                .map(|message| message.seen)
                .collect()
        };
        // What was there before the first visit is not news.
        read(
            &mut adapter,
            &[row(is_talk, 2, PEER, "x"), row(is_talk, 1, PEER, "x")],
        );
        assert_eq!(unread(&mut adapter), 0);
        for number in [3, 3, 4] {
            event(&mut adapter, &row(is_talk, number, PEER, "x"));
        }
        assert_eq!(unread(&mut adapter), 2);
        assert_eq!(seen(&mut adapter), [true, true, false, false]);
        let make = if is_talk { chat } else { chatroom };
        assert_eq!(rooms(&mut adapter, &[make("room-1", 1, "x")])[0].unread, 2);
        let third = read(&mut adapter, &[row(is_talk, 3, PEER, "x")]).remove(0);
        adapter.encode(&Call::Seen(room("room-1"), third.id), &token());
        assert_eq!(seen(&mut adapter), [true, true, true, false]);
        assert_eq!(unread(&mut adapter), 1);
        // Whoever answers has read what was there.
        outcome(&mut adapter, &send("hi"), 200, &row(is_talk, 5, ME, "hi")).unwrap();
        assert_eq!(unread(&mut adapter), 0);
    }
}

#[test]
fn what_has_come_to_a_room_that_was_never_read_stays_unread() {
    let mut adapter = talk();
    event(&mut adapter, &said(3, PEER, "c"));
    let read = read(&mut adapter, &[said(3, PEER, "c"), said(2, PEER, "b")]);
    assert_eq!([read[0].seen, read[1].seen], [true, false]);
}

#[test]
fn a_room_that_is_gone_counts_no_more() {
    let mut adapter = talk();
    rooms(&mut adapter, &[chat("room-1", 1, "x")]);
    read(&mut adapter, &[]);
    event(&mut adapter, &said(3, PEER, "c"));
    assert_eq!(unread(&mut adapter), 1);
    rooms(&mut adapter, &[chat("other", 1, "x")]);
    assert_eq!(unread(&mut adapter), 0);
}

#[test]
fn the_list_shows_the_last_message_that_is_known() {
    let mut adapter = talk();
    event(&mut adapter, &said(40, PEER, "last words"));
    event(&mut adapter, &said(39, PEER, "late news"));
    let rooms = rooms(
        &mut adapter,
        &[chat("other", 20, "x"), chat("room-1", 1, "x")],
    );
    assert_eq!(ids(&rooms), ["room-1", "other"]);
    assert_eq!(rooms[0].last, "last words");
    assert_eq!(rooms[0].at.0, at(40));
}

/// The room that is looked into.
fn looked_into(line: &str) -> String {
    let (_, query) = line.split_once('?').expect("a query");
    let (key, _) = query.split_once('&').expect("several parts");
    key.split_once('=').expect("a value").1.to_owned()
}

#[test]
fn the_list_asks_each_room_of_which_it_knows_nothing_for_its_last_message_once() {
    for (mut adapter, is_talk) in both().into_iter().zip([false, true]) {
        let make = if is_talk { chat } else { chatroom };
        event(&mut adapter, &row(is_talk, 9, PEER, "known"));
        let rows = [make("a", 5, "A"), make("b", 4, "B"), make("room-1", 3, "C")];
        let pages = [list(&rows), list(&[])];
        let mut asked = Vec::new();
        let listed = rooms_of(&mut adapter, &pages, |line| {
            asked.push(line.to_owned());
            let page = [
                row(is_talk, 41, PEER, "newest"),
                row(is_talk, 40, ME, "older"),
            ];
            (
                200,
                list(if looked_into(line) == "b" { &page } else { &[] }),
            )
        });
        let look = |room: &str| {
            if is_talk {
                format!("GET talk_messages?chat_id={room}&page_size=20")
            } else {
                format!("GET chatroommessages?chatroom_id={room}&page_size=20")
            }
        };
        assert_eq!(asked, [look("a"), look("b")]);
        assert_eq!(ids(&listed), ["b", "room-1", "a"]);
        let last: Vec<&str> = listed.iter().map(|room| room.last.as_str()).collect();
        assert_eq!(last, ["newest", "known", ""]);
        assert_eq!(listed[0].at.0, at(41));
        let again = rooms_of(&mut adapter, &pages, |line| panic!("{line} again"));
        assert_eq!(again, listed);
    }
}

#[test]
fn a_list_looks_into_eight_rooms_the_newest_first_and_the_next_one_into_others() {
    let rows: Vec<Value> = (10..20)
        .map(|number| chat(&format!("r{number}"), number, "x"))
        .collect();
    let mut adapter = talk();
    let mut asked = Vec::new();
    let pages = [list(&rows), list(&[])];
    for count in [8, 10] {
        let listed = rooms_of(&mut adapter, &pages, |line| {
            asked.push(looked_into(line));
            (200, list(&[]))
        });
        assert_eq!(listed.len(), 10);
        assert_eq!(asked.len(), count);
    }
    let all: Vec<String> = (10..20).rev().map(|number| format!("r{number}")).collect();
    assert_eq!(asked, all);
}

#[test]
fn a_room_that_cannot_be_looked_into_is_passed_over() {
    for status in [400, 401, 404, 429, 500] {
        let mut adapter = talk();
        let pages = [list(&[chat("a", 2, "A"), chat("b", 1, "B")]), list(&[])];
        let listed = rooms_of(&mut adapter, &pages, |line| {
            if looked_into(line) == "a" {
                return (status, Value::Null);
            }
            (200, list(&[said(40, PEER, "there")]))
        });
        let last: Vec<&str> = listed.iter().map(|room| room.last.as_str()).collect();
        assert_eq!(last, ["there", ""], "{status}");
    }
}

#[test]
fn a_look_that_is_never_answered_keeps_no_later_list_back() {
    let mut adapter = talk();
    let pages = [list(&[chat("a", 2, "A"), chat("b", 1, "B")]), list(&[])];
    ask(&mut adapter, &Call::Rooms);
    for page in &pages {
        let next = answer(&mut adapter, &Call::Rooms, 200, &page.to_string());
        assert!(matches!(next, Answer::Next(_)));
    }
    // The one after the last page was a look into "a".
    let mut asked = Vec::new();
    let listed = rooms_of(&mut adapter, &pages, |line| {
        asked.push(looked_into(line));
        (200, list(&[]))
    });
    assert_eq!(listed.len(), 2);
    assert_eq!(asked, ["b"]);
}

#[test]
fn what_came_while_the_page_was_away_is_unread_in_the_list_but_no_old_history() {
    for (mut first, is_talk) in both().into_iter().zip([false, true]) {
        let make = if is_talk { chat } else { chatroom };
        let pages = [list(&[make("room-1", 1, "x")]), list(&[])];
        let mut history: Vec<Value> = Vec::new();
        let mut look = |adapter: &mut VoipBin, number: u32, author: &str| {
            history.insert(0, row(is_talk, number, author, "x"));
            let listed = rooms_of(adapter, &pages, |_| (200, list(&history)));
            (listed[0].unread, unread(adapter))
        };
        // The browser has never seen the room.
        assert_eq!(look(&mut first, 1, PEER), (0, 0));
        let kept = first.keep().expect("a change");
        let again = || {
            let mut next = if is_talk { talk() } else { legacy() };
            next.restore(&kept);
            next
        };
        assert_eq!(look(&mut again(), 2, PEER), (1, 1));
        assert_eq!(look(&mut again(), 3, PEER), (2, 2));
        // Whoever answered elsewhere has read what was there.
        assert_eq!(look(&mut again(), 4, ME), (0, 0));
        assert_eq!(look(&mut again(), 5, PEER), (1, 1));
    }
}

#[test]
fn what_is_kept_is_there_on_the_next_page_for_the_same_agent_only() {
    let mut first = talk();
    read(&mut first, &[said(1, PEER, "a")]);
    event(&mut first, &said(2, PEER, "b"));
    let kept = first.keep().expect("a change");
    assert_eq!(first.keep(), None);
    let mut next = talk();
    next.restore(&kept);
    assert_eq!(next.keep(), None);
    assert_eq!(unread(&mut next), 1);
    let rows = [said(2, PEER, "b"), said(1, PEER, "a")];
    let again = read(&mut next, &rows);
    assert_eq!([again[0].seen, again[1].seen], [true, false]);
    let mut other = VoipBin::new(Settings {
        agent_id: THIRD.into(),
        ..settings(ChatApi::Talk)
    });
    other.restore(&kept);
    assert_eq!(unread(&mut other), 0);
    for broken in ["", "{", "[]", r#"{"v":9}"#] {
        talk().restore(broken);
    }
}
