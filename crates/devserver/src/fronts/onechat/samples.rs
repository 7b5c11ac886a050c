//! A made-up message of every kind (contract 3.6).

use serde_json::{Value, json};

use crate::store::onechat::{Extras, Kind};

/// A message that staff or the inbox could send.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) content: String,
    pub(crate) extras: Extras,
}

impl Sample {
    fn new(content_type: &str, content: &str, attributes: Value) -> Self {
        Self {
            content: content.to_owned(),
            extras: Extras {
                content_type: content_type.to_owned(),
                content_attributes: attributes,
                ..Extras::plain(Kind::Outgoing)
            },
        }
    }
}

/// The message that shows what a visitor's words name, if they name something.
pub(crate) fn answer_to(text: &str) -> Option<Sample> {
    let text = text.to_lowercase();
    let mut words = text.split(|letter: char| !letter.is_alphanumeric());
    words.find_map(|word| match word {
        "choices" | "choice" | "choose" => Some(choices()),
        "cards" => Some(cards()),
        "form" => Some(form()),
        "articles" | "article" => Some(articles()),
        "rate" | "rating" | "survey" => Some(survey()),
        "email" => Some(email()),
        "markdown" => Some(markdown()),
        "unknown" => Some(unknown()),
        _ => None,
    })
}

/// A question with answers to press.
pub(super) fn choices() -> Sample {
    let item = |title: &str, value: &str| json!({"title": title, "value": value});
    let items = [
        item("Berth for a night", "berth"),
        item("Fuel", "fuel"),
        item("Something else", "other"),
    ];
    Sample::new(
        "input_select",
        "What brings you to the harbour?",
        json!({"items": items}),
    )
}

/// Two cards, with a link and a button each.
pub(super) fn cards() -> Sample {
    let card = |title: &str, words: &str, link: &str, payload: &str| {
        json!({
            "title": title,
            "description": words,
            "media_url": "",
            "actions": [
                {"type": "link", "text": "Read more", "uri": link},
                {"type": "postback", "text": "Reserve", "payload": payload},
            ],
        })
    };
    let items = [
        card(
            "North pier",
            "Twelve metres, with power",
            "https://harbour.example/north",
            "RESERVE_NORTH",
        ),
        card(
            "Old basin",
            "Eight metres, quiet",
            "https://harbour.example/basin",
            "RESERVE_BASIN",
        ),
    ];
    Sample::new(
        "cards",
        "These berths are free tonight:",
        json!({"items": items}),
    )
}

/// A form with every kind of field.
pub(super) fn form() -> Sample {
    let items = json!([
        {"name": "boat", "type": "text", "label": "Name of your boat", "placeholder": "Petrel", "required": true},
        {"name": "email", "type": "email", "label": "Email", "placeholder": "you@example.org", "required": true,
         "pattern_error": "This is no email address"},
        {"name": "wishes", "type": "text_area", "label": "Wishes", "default": "A quiet place"},
        {"name": "nights", "type": "select", "label": "Nights", "options": [
            {"label": "One", "value": "1"}, {"label": "Two", "value": "2"}]},
    ]);
    Sample::new(
        "form",
        "Tell us about your visit:",
        json!({"items": items, "button_label": "Ask for a berth"}),
    )
}

/// A list of articles.
pub(super) fn articles() -> Sample {
    let article = |title: &str, words: &str, link: &str| json!({"title": title, "description": words, "link": link});
    let items = [
        article(
            "Tides this week",
            "High and low water",
            "https://harbour.example/tides",
        ),
        article(
            "Rules of the harbour",
            "Speed, noise and dogs",
            "https://harbour.example/rules",
        ),
    ];
    Sample::new("article", "This may help:", json!({"items": items}))
}

/// A survey.
pub(super) fn survey() -> Sample {
    let mut sample = Sample::new(
        "input_csat",
        "How was it to talk to us?",
        json!({"display_type": "emoji"}),
    );
    sample.extras.kind = Kind::Template;
    sample
}

/// A question for an email address.
pub(super) fn email() -> Sample {
    let mut sample = Sample::new(
        "input_email",
        "Where can we reach you when you are gone?",
        json!({}),
    );
    sample.extras.kind = Kind::Template;
    sample
}

/// Markdown of every kind, and attempts to smuggle a script in.
pub(super) fn markdown() -> Sample {
    let content = "**Bold**, *slanted*, ~~gone~~ and `code`\nA new line\n\n- one\n- two\n\n1. first\n2. second\n\n\
                   > quoted\n\n[a link](https://harbour.example/tides) and https://harbour.example/rules\n\n\
                   [bad](javascript:alert(1)) [worse](data:text/html,<script>alert(2)</script>)\n\n\
                   <img src=x onerror=alert(3)><script>alert(4)</script>\n\n```\nlet knots = 6;\n```";
    Sample::new("text", content, json!({}))
}

/// A content type that nobody has heard of.
pub(super) fn unknown() -> Sample {
    Sample::new(
        "hologram",
        "This would float above the water.",
        json!({"height_m": 2}),
    )
}

/// The greeting that an inbox sends by itself.
pub(super) fn greeting() -> Sample {
    let mut sample = Sample::new(
        "text",
        "Ahoy! The harbour desk answers within minutes.",
        json!({}),
    );
    sample.extras.kind = Kind::Template;
    sample
}

/// What only the white label of 2025 has.
pub(super) fn white_label() -> Vec<Sample> {
    let meeting = json!({"event_organizer": "Mara Lindholm",
        "event_scheduled_at": {"time": "10:30", "date": "2027-03-04", "timezone": "Europe/Copenhagen"}});
    let order = json!({"status_url": "https://shop.harbour.example/orders/88", "total_refund": "12.00",
        "items": [{"id": 1, "name": "Rope, 20 m", "qty": 2, "restock": true}]});
    let product = json!({"id": 5, "image": "", "displayName": "Fender", "price": "18.00", "compareAtPrice": "22.00",
        "currency": "EUR", "link_url": "https://shop.harbour.example/fender"});
    let discount =
        json!({"id": 9, "discount": {"title": "Ten per cent", "summary": "On all ropes"}});
    vec![
        Sample::new(
            "cal_event",
            "Find a time",
            json!({"event_url": "https://cal.harbour.example/mara", "title": "A tour"}),
        ),
        Sample::new(
            "cal_event_confirmation",
            "Your tour is booked",
            json!({"event_payload": meeting}),
        ),
        Sample::new(
            "calling_event",
            "Call",
            json!({"call_status": "missed", "call_start_time": 1_803_000_000}),
        ),
        Sample::new(
            "shopify_order_event",
            "Your order",
            json!({"shopify_order_id": 88,
            "shopify_order_event_time": "2027-03-01T09:00:00Z", "shopify_event": order}),
        ),
        Sample::new(
            "shopify_product_refer",
            "Look at this",
            json!({"products": [product]}),
        ),
        Sample::new(
            "shopify_discount_refer",
            "For you",
            json!({"discounts": [discount]}),
        ),
    ]
}
