//! What nobody should send.

use concierge_core::backend::{Backend, Call, Incoming, Reply};
use concierge_core::model::RichKind;
use concierge_core::{Content, Response, Uid};
use concierge_sim::dice::Dice;
use concierge_sim::mistype::mistype;
use serde_json::{Value, json};

use crate::fixtures::*;

/// An answer to every request.
fn answers() -> Vec<Value> {
    let file = json!({"id": 1, "file_type": "image", "data_url": "https://x/%C3%A4.png",
        "file_size": 5, "width": 1, "height": 2, "content_type": "image/png"});
    let card = json!({"title": "t", "description": "d", "media_url": "https://x/i",
        "actions": [{"type": "link", "text": "a", "uri": "https://x"}]});
    let field = json!({"name": "n", "type": "select", "label": "l", "required": true,
        "options": [{"label": "o", "value": "v"}]});
    let order = json!({"shopify_order_id": 1, "shopify_event": {"status_url": "https://x",
        "items": [{"id": 1, "name": "n", "qty": 2}]}});
    let questions = json!([
        theirs(1, "a"),
        with(mine(2, "b"), "attachments", json!([file])),
        rich(
            "input_select",
            &json!({"items": [{"title": "t", "value": "v"}],
            "submitted_values": [{"title": "t", "value": "v"}]})
        ),
        rich("cards", &json!({"items": [card]})),
        rich("form", &json!({"items": [field], "button_label": "b"})),
        rich("article", &json!({"items": [{"title": "t", "link": "l"}]})),
        rich(
            "input_csat",
            &json!({"submitted_values": {"csat_survey_response":
            {"rating": 5, "feedback_message": "f"}}})
        ),
        rich("input_email", &json!({"submitted_email": "e"})),
        rich(
            "cal_event_confirmation",
            &json!({"event_payload": {"event_organizer": "o"}})
        ),
        rich("shopify_order_event", &order),
        rich(
            "shopify_product_refer",
            &json!({"products": [{"displayName": "p", "price": "1"}]})
        ),
        rich(
            "shopify_discount_refer",
            &json!({"discounts": [{"discount": {"title": "t"}}]})
        ),
    ]);
    let full = with(conversation("open"), "messages", questions.clone());
    vec![
        inbox(),
        contact_row(),
        conversation("open"),
        json!([full]),
        questions,
        mine(3, "c"),
    ]
}

/// A frame of every kind.
fn frames() -> Vec<Value> {
    let event = |name: &str, data: Value| {
        json!({"identifier": "{\"channel\":\"RoomChannel\"}",
            "message": {"event": name, "data": data}})
    };
    let who = json!({"conversation": {"id": 52, "inbox_id": 3}, "is_private": false,
        "user": {"id": 4, "available_name": "Kim"}});
    vec![
        json!({"type": "welcome"}),
        json!({"type": "ping", "message": 1}),
        json!({"type": "confirm_subscription", "identifier": "x"}),
        json!({"type": "disconnect", "reason": "remote", "reconnect": true}),
        event("message.created", with(mine(5, "a"), "echo_id", json!("u"))),
        event("message.updated", theirs(6, "b")),
        event(
            "conversation.updated",
            with(conversation("open"), "meta", json!({})),
        ),
        event("conversation.typing_on", who),
        event("contact.merged", json!({"pubsub_token": "t"})),
    ]
}

fn calls() -> Vec<Call> {
    let values = r#"[["a","b"]]"#.to_owned();
    vec![
        Call::Look,
        Call::Begin,
        Call::Check(room()),
        Call::Resume(room()),
        history(),
        Call::History(room(), page(Some(5))),
        send("a"),
        Call::Seen(room(), id(4)),
        Call::Typing(room(), true),
        Call::End(room()),
        Call::Answer(room(), id(300), values),
        Call::Rooms,
    ]
}

/// Breaks a text: cuts it off, or swaps, drops or doubles letters.
fn broken(text: &str, dice: &mut Dice) -> String {
    const LETTERS: [char; 14] = [
        '{', '}', '[', ']', '"', ':', ',', '\\', '-', '9', 'e', 'ü', '%', 'n',
    ];
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=dice.roll(3) {
        let place = dice.pick(letters.len());
        match dice.roll(4) {
            0 => letters[place] = LETTERS[dice.pick(LETTERS.len())],
            1 => letters.truncate(place.max(1)),
            2 => letters.insert(place, LETTERS[dice.pick(LETTERS.len())]),
            _ => letters.swap(place, 0),
        }
    }
    letters.into_iter().collect()
}

/// Whatever an adapter is told, it goes on.
fn answer_all(chat: &mut Chat, call: &Call, body: &str) {
    let _ = chat.0.encode(call, &none());
    for status in [200, 404] {
        let body = body.to_owned();
        let _ = chat.0.answer(call, &Response { status, body }, &none());
    }
    let body = body.to_owned();
    let _ = chat.0.upload_verdict(&Response { status: 200, body });
    let _ = chat.0.keep();
}

#[test]
fn broken_and_mistyped_answers_are_read_without_a_crash() {
    let mut dice = Dice::new(7);
    let (answers, calls) = (answers(), calls());
    let mut chat = chatting();
    for round in 0..30_000 {
        if round % 200 == 0 {
            chat = chatting();
        }
        let mut body = answers[dice.pick(answers.len())].clone();
        let call = &calls[dice.pick(calls.len())];
        if dice.roll(2) == 0 {
            mistype(&mut body, &mut dice);
            answer_all(&mut chat, call, &body.to_string());
        } else {
            let body = broken(&body.to_string(), &mut dice);
            answer_all(&mut chat, call, &body);
        }
    }
    chatting().read_one(&theirs(1, "Still here"));
}

#[test]
fn broken_and_mistyped_frames_are_read_without_a_crash() {
    let mut dice = Dice::new(8);
    let frames = frames();
    let mut chat = chatting();
    for _ in 0..30_000 {
        let mut frame = frames[dice.pick(frames.len())].clone();
        if dice.roll(2) == 0 {
            mistype(&mut frame, &mut dice);
            chat.hear(&frame);
        } else {
            let frame = broken(&frame.to_string(), &mut dice);
            chat.0.decode(&frame);
        }
    }
    let message = chat.event("message.created", &theirs(1, "Still here"));
    assert!(matches!(message[..], [Incoming::Message(_)]));
}

#[test]
fn answers_and_frames_that_were_cut_off_are_read_without_a_crash() {
    let mut chat = chatting();
    for value in answers().iter().chain(&frames()) {
        let text = value.to_string();
        for (end, _) in text.char_indices().step_by(5) {
            for call in calls() {
                answer_all(&mut chat, &call, &text[..end]);
            }
            assert_eq!(chat.0.decode(&text[..end]), [Incoming::Unknown]);
        }
    }
}

#[test]
fn broken_leavings_are_read_without_a_crash() {
    let mut dice = Dice::new(9);
    let kept = chatting().0.keep().unwrap();
    for _ in 0..5_000 {
        let mut chat = chat();
        if dice.roll(2) == 0 {
            chat.0.restore(&broken(&kept, &mut dice));
        } else {
            let mut kept: Value = serde_json::from_str(&kept).unwrap();
            mistype(&mut kept, &mut dice);
            chat.0.restore(&kept.to_string());
        }
        for call in calls() {
            let _ = chat.0.encode(&call, &none());
        }
    }
}

#[test]
fn noise_is_unknown() {
    let mut chat = chatting();
    for frame in [
        "",
        "null",
        "7",
        "[]",
        "{}",
        "\u{0}",
        r#"{"message":7}"#,
        r#"{"message":{"event":"message.created"}}"#,
        r#"{"message":{"event":"conversation.updated","data":[]}}"#,
        r#"{"message":{"event":"conversation.typing_on","data":{}}}"#,
        r#"{"type":"pong"}"#,
    ] {
        assert_eq!(chat.0.decode(frame), [Incoming::Unknown], "{frame}");
    }
    assert_eq!(chat.0.decode(&"[".repeat(100_000)), [Incoming::Unknown]);
}

#[test]
fn links_and_markup_stay_the_texts_that_they_are() {
    let mut chat = chatting();
    let words = "<img src=x onerror=alert(1)> [x](javascript:alert(1))";
    let Some(Content::Rich(text)) = chat.read_one(&theirs(1, words)).content else {
        panic!("no text");
    };
    assert_eq!(text.text, words);
    let evil = "javascript:alert(1)";
    let cards = json!({"items": [{"title": words, "media_url": evil,
        "actions": [{"type": "link", "text": "a", "uri": evil}]}]});
    let Some(Content::Rich(cards)) = chat.read_one(&rich("cards", &cards)).content else {
        panic!("no cards");
    };
    assert_eq!(cards.kind, RichKind::Cards);
    let parts = parts(&cards);
    assert_eq!(parts["items"][0]["title"], words);
    assert_eq!(parts["items"][0]["items"][0]["url"], evil);
    let file = json!({"file_type": "image", "data_url": evil});
    let row = with(theirs(1, ""), "attachments", json!([file]));
    let Some(Content::File(file)) = chat.read_one(&row).content else {
        panic!("no file");
    };
    assert_eq!(file.url, evil);
}

#[test]
fn a_uid_of_another_message_is_only_a_text() {
    let mut chat = chatting();
    // Of the other side's messages it means nothing to a session.
    let row = with(theirs(1, "a"), "echo_id", json!("uid-1"));
    assert_eq!(chat.read_one(&row).uid, Some(Uid("uid-1".into())));
    assert!(matches!(
        chat.run(&send("b"), 200, &row),
        Ok(Reply::Sent(_))
    ));
}
