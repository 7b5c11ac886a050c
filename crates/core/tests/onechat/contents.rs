//! What the other side's messages show (contract 3.5, 3.6).

use concierge_core::model::{Rich, RichKind};
use concierge_core::{Content, FileContent, FileKind};
use serde_json::{Value, json};

use crate::fixtures::*;

fn content(row: &Value) -> Content {
    chatting().read_one(row).content.unwrap()
}

fn rich_of(kind: &str, attributes: &Value) -> Rich {
    match content(&rich(kind, attributes)) {
        Content::Rich(rich) => *rich,
        other => panic!("{other:?}"),
    }
}

/// The parts of a message that is not answered.
fn items(rich: &Rich) -> Value {
    assert!(!rich.answered);
    let parts = parts(rich);
    assert!(parts["answer"].as_array().is_none_or(Vec::is_empty));
    parts["items"].clone()
}

fn text(words: &str) -> Content {
    Content::Rich(Box::new(Rich {
        kind: RichKind::Text,
        text: words.into(),
        files: Vec::new(),
        answered: false,
        parts: String::new(),
    }))
}

fn attachment(kind: &str, name: &str) -> Value {
    json!({"id": 1, "message_id": 300, "file_type": kind, "account_id": 1,
        "data_url": format!("https://files.example.org/blobs/abc--12/{name}"), "thumb_url": ""})
}

#[test]
fn a_text_is_markdown() {
    assert_eq!(content(&theirs(1, "Hi **you**")), text("Hi **you**"));
    let untyped = with(theirs(1, "Hi"), "content_type", Value::Null);
    assert_eq!(content(&untyped), text("Hi"));
    // What an answer refers to and the like change nothing.
    let row = with(
        theirs(1, "Hi"),
        "content_attributes",
        json!({"in_reply_to": 5}),
    );
    assert_eq!(content(&row), text("Hi"));
}

#[test]
fn an_attachment_alone_is_a_file() {
    let mut picture = attachment("image", "my%20r%C3%B6se.png");
    picture["content_type"] = json!("image/png");
    picture["file_size"] = json!(4321);
    picture["width"] = json!(640);
    picture["height"] = json!(480);
    for row in [
        with(
            with(theirs(1, ""), "content", Value::Null),
            "attachments",
            json!([picture]),
        ),
        with(
            with(mine(1, ""), "content", Value::Null),
            "attachments",
            json!([picture]),
        ),
    ] {
        assert_eq!(
            content(&row),
            Content::File(FileContent {
                kind: FileKind::Image,
                url: "https://files.example.org/blobs/abc--12/my%20r%C3%B6se.png".into(),
                name: "my röse.png".into(),
                mime: Some("image/png".into()),
                size: Some(4321),
                dimensions: Some((640, 480)),
            })
        );
    }
}

#[test]
fn files_are_shown_as_what_they_are() {
    for (kind, shown) in [
        ("image", FileKind::Image),
        ("video", FileKind::Video),
        ("audio", FileKind::Audio),
        ("file", FileKind::Other),
        ("embed", FileKind::Other),
        ("ig_reel", FileKind::Other),
    ] {
        let row = with(
            theirs(1, ""),
            "attachments",
            json!([attachment(kind, "100%25.bin?x=1")]),
        );
        let Content::File(file) = content(&row) else {
            panic!("{kind}");
        };
        assert_eq!(file.kind, shown);
        assert_eq!(file.name, "100%.bin");
        assert_eq!((file.mime, file.size, file.dimensions), (None, None, None));
    }
}

#[test]
fn text_and_files_or_several_files_come_together() {
    let two = json!([attachment("image", "a.png"), attachment("file", "b.pdf")]);
    let one = json!([attachment("image", "a.png")]);
    for (row, words, count) in [
        (
            with(theirs(1, "Look"), "attachments", one.clone()),
            "Look",
            1,
        ),
        (with(theirs(1, ""), "attachments", two.clone()), "", 2),
        (with(mine(1, "Look"), "attachments", one), "Look", 1),
        (with(mine(1, ""), "attachments", two), "", 2),
    ] {
        let Content::Rich(rich) = content(&row) else {
            panic!("{row}");
        };
        assert_eq!(rich.kind, RichKind::Text);
        assert_eq!(rich.text, words);
        assert_eq!(rich.files.len(), count);
    }
}

#[test]
fn a_place_or_a_person_that_lies_nowhere_is_said_in_words() {
    let place = json!({"file_type": "location", "coordinates_lat": 1.5, "coordinates_long": 2.5,
        "fallback_title": "Main street 1", "data_url": "https://maps.example.org/?q=1"});
    let Content::File(file) = content(&with(theirs(1, ""), "attachments", json!([place]))) else {
        panic!("no file");
    };
    assert_eq!(file.name, "Main street 1");
    let person = json!({"file_type": "contact", "fallback_title": "+49 30 1", "meta": {}});
    assert_eq!(
        content(&with(theirs(1, "Call"), "attachments", json!([person]))),
        text("Call\n+49 30 1")
    );
}

#[test]
fn what_shows_nothing_is_no_message() {
    let mut chat = chatting();
    let nothing = with(theirs(1, ""), "content", Value::Null);
    assert_eq!(
        chat.read(&json!([nothing, theirs(2, " "), mine(3, "")])),
        []
    );
}

#[test]
fn a_question_has_its_choices() {
    let rich = rich_of(
        "input_select",
        &json!({"items": [{"title": "Red", "value": "r"}, {"title": "Nr", "value": 7}]}),
    );
    assert_eq!(rich.kind, RichKind::Choices);
    assert_eq!(rich.text, "Please **choose**");
    assert_eq!(
        items(&rich),
        json!([{"title": "Red", "value": "r"}, {"title": "Nr", "value": "7"}])
    );
}

#[test]
fn cards_have_actions() {
    let rich = rich_of(
        "cards",
        &json!({"items": [{"title": "Boot", "description": "Brown", "media_url": "https://x/b.png",
            "actions": [{"type": "link", "text": "See", "uri": "https://x/b"},
                {"type": "postback", "text": "Take", "payload": "take-b"}]}]}),
    );
    assert_eq!(rich.kind, RichKind::Cards);
    assert_eq!(
        items(&rich),
        json!([{"title": "Boot", "text": "Brown", "image": "https://x/b.png",
            "items": [{"title": "See", "url": "https://x/b"},
                {"title": "Take", "value": "take-b"}]}])
    );
}

#[test]
fn a_form_has_fields() {
    let rich = rich_of(
        "form",
        &json!({"button_label": "Go", "items": [
            {"name": "mail", "type": "email", "label": "Mail", "placeholder": "a@b",
                "default": "x@y", "required": true, "pattern": ".+", "pattern_error": "Wrong"},
            {"name": "why", "type": "text_area", "label": "Why", "title": "Say why"},
            {"name": "size", "type": "select", "label": "Size",
                "options": [{"label": "Small", "value": "s"}]},
            {"name": "odd", "type": "hologram", "label": "Odd"}]}),
    );
    assert_eq!(rich.kind, RichKind::Form);
    assert_eq!(parts(&rich)["label"], "Go");
    assert_eq!(
        items(&rich),
        json!([
            {"title": "Mail", "text": "x@y", "value": "mail", "kind": "email", "hint": "a@b",
                "pattern": ".+", "error": "Wrong", "required": true, "items": []},
            {"title": "Why", "value": "why", "kind": "text_area", "error": "Say why", "items": []},
            {"title": "Size", "value": "size", "kind": "select",
                "items": [{"title": "Small", "value": "s"}]},
            // The view takes what it does not know for a text.
            {"title": "Odd", "value": "odd", "kind": "hologram", "items": []},
        ])
    );
}

#[test]
fn articles_are_links() {
    let rich = rich_of(
        "article",
        &json!({"items": [{"title": "Returns", "description": "How", "link": "https://x/r"}]}),
    );
    assert_eq!(rich.kind, RichKind::Articles);
    assert_eq!(
        items(&rich),
        json!([{"title": "Returns", "text": "How", "url": "https://x/r"}])
    );
}

#[test]
fn a_rating_is_asked_for_with_faces_or_stars() {
    let faces = rich_of("input_csat", &json!({"display_type": "emoji"}));
    assert_eq!(faces.kind, RichKind::Rating);
    assert_eq!(parts(&faces), json!({"answer": []}));
    assert_eq!(faces.text, "Please **choose**");
    let stars = rich_of("input_csat", &json!({"display_type": "star"}));
    assert_eq!(parts(&stars)["label"], "star");
    assert_eq!(rich_of("input_csat", &json!({})).kind, RichKind::Rating);
}

#[test]
fn dates_and_calls_are_said_in_words() {
    let event = json!({"event_payload": {"event_organizer": "Kim",
        "event_scheduled_at": {"time": "10:00", "date": "2 May", "timezone": "UTC"}}});
    let mut row = rich("cal_event_confirmation", &event);
    assert_eq!(content(&row), text("Please **choose**"));
    row["content"] = Value::Null;
    assert_eq!(content(&row), text("Kim, 2 May, 10:00, UTC"));
    let mut row = rich("calling_event", &json!({"call_status": "missed"}));
    row["content"] = Value::Null;
    assert_eq!(content(&row), text("missed"));
    let rich = rich_of(
        "cal_event",
        &json!({"title": "Pick a day", "event_url": "https://x/c"}),
    );
    assert_eq!(rich.kind, RichKind::Articles);
    assert_eq!(
        items(&rich),
        json!([{"title": "Pick a day", "url": "https://x/c"}])
    );
}

#[test]
fn a_shop_shows_orders_products_and_discounts() {
    let order = rich_of(
        "shopify_order_event",
        &json!({"shopify_order_id": 1001, "shopify_event": {"status_url": "https://x/o",
            "items": [{"id": 1, "name": "Mug", "qty": 2}, {"id": 2, "name": "Tea", "qty": 1}]}}),
    );
    assert_eq!(order.kind, RichKind::Articles);
    assert_eq!(
        items(&order),
        json!([{"title": "#1001", "text": "2 × Mug, 1 × Tea", "url": "https://x/o"}])
    );
    let products = rich_of(
        "shopify_product_refer",
        &json!({"products": [
            {"id": 1, "image": "https://x/m.png", "displayName": "Mug", "price": "9.50",
                "currency": "EUR", "link_url": "https://x/m"},
            {"id": 2, "displayName": "Tea", "price": 3.5}]}),
    );
    assert_eq!(products.kind, RichKind::Cards);
    assert_eq!(
        items(&products),
        json!([
            {"title": "Mug", "text": "9.50 EUR", "image": "https://x/m.png",
                "items": [{"title": "Mug", "url": "https://x/m"}]},
            {"title": "Tea"},
        ])
    );
    let discounts = rich_of(
        "shopify_discount_refer",
        &json!({"discounts": [{"id": 1, "discount": {"title": "SPRING", "summary": "10 % off"}}]}),
    );
    assert_eq!(discounts.kind, RichKind::Cards);
    assert_eq!(
        items(&discounts),
        json!([{"title": "SPRING", "text": "10 % off"}])
    );
}

#[test]
fn all_other_types_are_texts() {
    for kind in [
        "input_text",
        "input_textarea",
        "integrations",
        "incoming_email",
        "sticker",
        "voice_call",
        "something_new",
        // Without parts there is nothing else to show.
        "cards",
        "form",
        "input_select",
        "article",
    ] {
        assert_eq!(
            content(&rich(kind, &json!({}))),
            text("Please **choose**"),
            "{kind}"
        );
    }
}
