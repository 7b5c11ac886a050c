//! Which room is the conversation, and the list of them (contract 5.1, 5.2, 5.9).

use concierge_core::backend::onesmile::OneSmile;
use concierge_core::backend::{Backend, Call, RefusalKind, Reply};
use serde_json::{Value, json};

use crate::*;

fn look(settings: Settings, rows: &[Value]) -> Option<String> {
    let mut adapter = OneSmile::new(settings);
    conversation(outcome(&mut adapter, &Call::Look, 200, &list(rows)))
}

#[test]
fn the_room_with_the_recipient_is_found_however_it_is_written() {
    let rows = [
        listed(600, "12", 1, 0),
        listed(700, "garden_desk|4", 2, 0),
        listed(500, "GARDEN_DESK|40", 3, 0),
    ];
    assert_eq!(look(settings(), &rows).as_deref(), Some("700"));
    // Of two the newer one.
    let rows = [
        listed(701, DESK, 1, 0),
        listed(702, DESK, 9, 0),
        listed(703, DESK, 5, 0),
    ];
    assert_eq!(look(settings(), &rows).as_deref(), Some("702"));
}

#[test]
fn without_a_room_the_first_message_makes_one() {
    assert_eq!(look(settings(), &[listed(600, "12", 1, 0)]), None);
    assert_eq!(look(settings(), &[]), None);
    let mut adapter = adapter();
    for data in [
        json!({"success": true}),
        json!({"success": true, "response": null}),
    ] {
        assert_eq!(
            conversation(outcome(&mut adapter, &Call::Look, 200, &data)),
            None
        );
    }
    let made = json!({"success": true, "response": {"room_id": "700", "created_date": ""}});
    let made = outcome(&mut adapter, &Call::Begin, 200, &made);
    assert_eq!(conversation(made).as_deref(), Some("700"));
}

#[test]
fn a_room_that_the_site_names_is_taken_listed_or_not() {
    let named = || Settings {
        recipient_id: None,
        room_id: Some("600".into()),
        ..settings()
    };
    let rows = [listed(700, DESK, 9, 0), listed(600, "12", 1, 0)];
    assert_eq!(look(named(), &rows).as_deref(), Some("600"));
    assert_eq!(look(named(), &[]).as_deref(), Some("600"));
}

#[test]
fn without_a_recipient_the_visitor_chooses() {
    let mut adapter = OneSmile::new(Settings {
        recipient_id: None,
        ..settings()
    });
    let mut nameless = listed(602, "13", 7, 2);
    nameless["fullname"] = json!("");
    nameless["message"] = Value::Null;
    nameless["un_seen"] = json!("2");
    let rows = [listed(601, "12", 3, 0), nameless, listed(600, "11", 5, 1)];
    let rooms = rooms(outcome(&mut adapter, &Call::Look, 200, &list(&rows)));
    let shown: Vec<_> = rooms
        .iter()
        .map(|room| {
            (
                room.id.0.as_str(),
                room.title.as_str(),
                room.last.as_str(),
                room.unread,
            )
        })
        .collect();
    assert_eq!(
        shown,
        [
            ("602", "", "", 2),
            ("600", "Desk 600", "see you", 1),
            ("601", "Desk 601", "see you", 0)
        ]
    );
    // 09:30:07.000500 in Jakarta.
    assert_eq!(rooms[0].at.0, 1_772_591_407_000);
    // A message needs the recipient of its room.
    let told = body(&ask(
        &mut adapter,
        &Call::Send(room("602"), Uid("u".into()), Content::Text("x".into())),
    ));
    assert_eq!(told["recipient_id"], "13");
}

#[test]
fn a_room_made_with_somebody_is_taken() {
    let mut adapter = OneSmile::new(Settings {
        recipient_id: None,
        ..settings()
    });
    let call = Call::BeginWith(vec!["90".into()], String::new());
    let made = json!({"success": true, "data": {"room_id": 800}});
    assert_eq!(
        conversation(outcome(&mut adapter, &call, 200, &made)).as_deref(),
        Some("800")
    );
    let told = body(&ask(
        &mut adapter,
        &Call::Send(room("800"), Uid("u".into()), Content::Text("x".into())),
    ));
    assert_eq!(told["recipient_id"], "90");
    assert_eq!(told["room_id"], "800");
}

#[test]
fn a_room_that_was_not_made_is_a_refusal() {
    let empty = json!({"room_id": "", "created_date": "", "message": "", "fullname": "", "member_photo": ""});
    for made in [
        json!({"success": false, "msg": "", "response": empty}),
        json!({"success": true, "msg": "OK", "response": empty}),
        json!({"success": true, "msg": "OK"}),
    ] {
        let refusal = outcome(&mut adapter(), &Call::Begin, 200, &made).unwrap_err();
        assert_eq!(refusal.kind, RefusalKind::Rejected);
    }
}

#[test]
fn a_stored_room_is_taken_up_when_its_page_is_there() {
    let mut adapter = adapter();
    adapter.restore(&format!(
        r#"{{"v":1,"owner":"81","rooms":[{{"id":"700","with":"{DESK}"}}]}}"#
    ));
    let fine = page(&[row(1, "3", 1, "hello")]);
    let check = Call::Check(room("700"));
    assert_eq!(
        conversation(outcome(&mut adapter, &check, 200, &fine)).as_deref(),
        Some("700")
    );
}

/// Asks whether room 700 is there, of which nothing is kept.
fn check(page: &Value, rows: &[Value]) -> Outcome {
    run(
        &mut adapter(),
        &Call::Check(room("700")),
        |command, _| match command {
            "generalmessagedetail" => page.clone(),
            _ => list(rows),
        },
    )
}

#[test]
fn a_stored_room_of_which_little_is_known_is_looked_up_in_the_list() {
    let fine = page(&[row(1, "3", 1, "hello")]);
    let empty = page(&[]);
    let here = [listed(700, DESK, 1, 0)];
    let other = [listed(701, DESK, 1, 0)];
    let foreign = [listed(700, "somebody", 1, 0)];
    for (page, rows, found) in [
        (&fine, &here[..], Some("700")),
        (&fine, &[], Some("700")),
        (&empty, &here, Some("700")),
        (&empty, &other, Some("701")),
        (&refused(), &here, Some("700")),
        (&refused(), &other, Some("701")),
        // Of another page of the same site, with another recipient.
        (&fine, &foreign, None),
        (&empty, &[], None),
        (&refused(), &[], None),
    ] {
        let outcome = check(page, rows);
        match found {
            Some(id) => assert_eq!(conversation(outcome).as_deref(), Some(id)),
            None => assert_eq!(outcome.unwrap_err().kind, RefusalKind::Missing),
        }
    }
}

#[test]
fn a_page_that_is_fine_counts_though_the_list_is_not_to_be_had() {
    let mut adapter = adapter();
    let call = Call::Check(room("700"));
    ask(&mut adapter, &call);
    let fine = page(&[row(1, "3", 1, "hello")]).to_string();
    assert!(matches!(
        answer(&mut adapter, &call, 200, &fine),
        Answer::Next(_)
    ));
    let Answer::Done(outcome) = answer(&mut adapter, &call, 502, "<html>") else {
        panic!("goes on");
    };
    assert_eq!(conversation(outcome).as_deref(), Some("700"));
}

#[test]
fn a_server_that_fails_says_nothing_of_a_room() {
    for (status, kind) in [
        (500, RefusalKind::Unclear),
        (429, RefusalKind::Busy),
        (401, RefusalKind::Token),
    ] {
        let refusal = outcome(
            &mut adapter(),
            &Call::Check(room("700")),
            status,
            &refused(),
        );
        assert_eq!(refusal.unwrap_err().kind, kind);
    }
}

#[test]
fn a_room_just_made_is_there_though_it_is_empty_and_not_listed() {
    let mut adapter = adapter();
    let made = json!({"success": true, "response": {"room_id": 700}});
    outcome(&mut adapter, &Call::Begin, 200, &made).unwrap();
    let check = Call::Check(room("700"));
    let outcome = outcome(&mut adapter, &check, 200, &page(&[]));
    assert_eq!(conversation(outcome).as_deref(), Some("700"));
}

#[test]
fn unread_messages_are_those_of_the_site_s_room() {
    let rows = [listed(700, DESK, 1, 3), listed(600, "12", 2, 9)];
    let count = outcome(&mut adapter(), &Call::Unread, 200, &list(&rows));
    assert_eq!(count, Ok(Reply::Unread(3)));
    let shown = rooms(outcome(&mut adapter(), &Call::Rooms, 200, &list(&rows)));
    assert_eq!(shown.len(), 1);
    let mut free = OneSmile::new(Settings {
        recipient_id: None,
        ..settings()
    });
    let count = outcome(&mut free, &Call::Unread, 200, &list(&rows));
    assert_eq!(count, Ok(Reply::Unread(12)));
}

#[test]
fn a_count_that_the_server_never_takes_back_is_not_told_again() {
    let mut adapter = adapter();
    let rows = list(&[listed(700, DESK, 5, 2)]);
    assert_eq!(
        outcome(&mut adapter, &Call::Unread, 200, &rows),
        Ok(Reply::Unread(2))
    );
    let read = messages(outcome(
        &mut adapter,
        &newest(),
        200,
        &page(&[row(9, "3", 5, "hello")]),
    ));
    adapter.encode(&Call::Seen(room("700"), read[0].id.clone()), &token());
    assert_eq!(
        outcome(&mut adapter, &Call::Unread, 200, &rows),
        Ok(Reply::Unread(0))
    );
    let rows = list(&[listed(700, DESK, 6, 3)]);
    assert_eq!(
        outcome(&mut adapter, &Call::Unread, 200, &rows),
        Ok(Reply::Unread(3))
    );
}

#[test]
fn what_is_kept_is_there_on_the_next_page_for_the_same_visitor_only() {
    let mut first = adapter();
    outcome(
        &mut first,
        &Call::Rooms,
        200,
        &list(&[listed(700, DESK, 5, 0)]),
    )
    .unwrap();
    let read = messages(outcome(
        &mut first,
        &newest(),
        200,
        &page(&[row(9, "3", 5, "hello")]),
    ));
    first.encode(&Call::Seen(room("700"), read[0].id.clone()), &token());
    let kept = first.keep().expect("a change");
    assert_eq!(first.keep(), None);

    let rows = page(&[row(9, "3", 5, "hello"), row(10, "3", 6, "again")]);
    let mut next = adapter();
    next.restore(&kept);
    assert_eq!(next.keep(), None);
    let seen: Vec<bool> = messages(outcome(&mut next, &newest(), 200, &rows))
        .iter()
        .map(|message| message.seen)
        .collect();
    assert_eq!(seen, [true, false]);

    let mut other = OneSmile::new(Settings {
        member_id: Some("99".into()),
        ..settings()
    });
    other.restore(&kept);
    let check = Call::Check(room("700"));
    ask(&mut other, &check);
    let went_on = answer(&mut other, &check, 200, &rows.to_string());
    assert!(matches!(went_on, Answer::Next(_)), "the recipient was kept");
    for broken in [
        "",
        "{",
        "[]",
        r#"{"v":2,"owner":"81"}"#,
        r#"{"v":1,"owner":"81","rooms":{}}"#,
    ] {
        adapter().restore(broken);
    }
}
