//! What the other side's messages show, by their open-ended `content_type`
//! (contract 3.6). Links and Markdown stay the texts that they are.

use super::read::{id, is_true, rows, said, text};
use crate::json::Json;
use crate::model::{Content, FileContent, Item, Rich, RichKind};
use crate::text::{contains, trim};

/// The one field of a question for the visitor's address.
pub(super) const EMAIL: &str = "submitted_email";

/// A file alone is a file; else the files as they are.
pub(super) fn one_file(
    text: &str,
    mut files: Vec<FileContent>,
) -> Result<Content, Vec<FileContent>> {
    if !trim(text).is_empty() || files.len() != 1 {
        return Err(files);
    }
    files.pop().map(Content::File).ok_or(files)
}

/// A text in Markdown, with files.
pub(super) fn markdown(text: String, files: Vec<FileContent>) -> Content {
    Content::rich(Rich {
        kind: RichKind::Text,
        text,
        label: String::new(),
        files,
        items: Vec::new(),
        answer: Vec::new(),
    })
}

/// What the other side shows, by its open-ended `content_type` (contract 3.6).
pub(super) fn rich(
    kind: &str,
    mut words: String,
    files: Vec<FileContent>,
    given: &Json,
) -> Option<Content> {
    let list = rows(given, "items");
    let submitted = given.at("submitted_values");
    let mut label = String::new();
    let mut answer = Vec::new();
    let (kind, items) = match kind {
        "input_select" => {
            answer = pairs(submitted, "title");
            (RichKind::Choices, items(list, choice))
        }
        "cards" => (RichKind::Cards, items(list, card)),
        "form" => {
            label = text(given, "button_label");
            answer = pairs(submitted, "name");
            (RichKind::Form, items(list, field))
        }
        "input_email" => {
            if let Some(email) = said(given, EMAIL) {
                answer.push((EMAIL.to_owned(), email.to_owned()));
            }
            let field = Item {
                value: EMAIL.to_owned(),
                kind: "email".to_owned(),
                required: true,
                ..Item::default()
            };
            (RichKind::Form, vec![field])
        }
        "article" => (RichKind::Articles, items(list, article)),
        "input_csat" => {
            if given.at("display_type").as_str() == Some("star") {
                "star".clone_into(&mut label);
            }
            // Some builds put a link to their own survey in its place
            // (contract 6, 26).
            if contains(&words, "://") {
                words.clear();
            }
            answer = rating(submitted.at("csat_survey_response"));
            (RichKind::Rating, Vec::new())
        }
        "cal_event" => {
            let link = item(given, ["title", "", "", "event_url", ""]);
            (RichKind::Articles, vec![link])
        }
        "cal_event_confirmation" => {
            let event = given.at("event_payload");
            let at = event.at("event_scheduled_at");
            let parts = [
                text(event, "event_organizer"),
                text(at, "date"),
                text(at, "time"),
                text(at, "timezone"),
            ];
            (RichKind::Text, say(&mut words, &parts))
        }
        "calling_event" => {
            let parts = [text(given, "call_status")];
            (RichKind::Text, say(&mut words, &parts))
        }
        "shopify_order_event" => (RichKind::Articles, vec![order(given)]),
        "shopify_product_refer" => (RichKind::Cards, items(rows(given, "products"), product)),
        "shopify_discount_refer" => (RichKind::Cards, items(rows(given, "discounts"), discount)),
        _ => (RichKind::Text, Vec::new()),
    };
    if kind == RichKind::Rating || !items.is_empty() {
        return Some(Content::rich(Rich {
            kind,
            text: words,
            label,
            files,
            items,
            answer,
        }));
    }
    match one_file(&words, files) {
        Ok(file) => Some(file),
        Err(files) if files.is_empty() && trim(&words).is_empty() => None,
        Err(files) => Some(markdown(words, files)),
    }
}

/// Where a message says nothing, these parts are what it says.
fn say(words: &mut String, parts: &[String]) -> Vec<Item> {
    if words.is_empty() {
        for part in parts {
            if !(words.is_empty() || part.is_empty()) {
                words.push_str(", ");
            }
            words.push_str(part);
        }
    }
    Vec::new()
}

/// Names and values of an answer.
fn pairs(list: &Json, name: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for row in list.as_list().unwrap_or_default() {
        pairs.push((text(row, name), text(row, "value")));
    }
    pairs
}

/// What was answered to "rate this conversation".
fn rating(response: &Json) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, key) in [("rating", "rating"), ("comment", "feedback_message")] {
        if let Some(value) = id(response.at(key)) {
            pairs.push((name.to_owned(), value));
        }
    }
    pairs
}

/// Whether a form asks for the visitor's address.
pub(super) fn asks_for_email(form: &Rich) -> bool {
    form.items.first().is_some_and(|field| field.value == EMAIL)
}

/// Whether an answer is the visitor's address.
pub(super) fn is_email(values: &[(String, String)]) -> bool {
    values.first().is_some_and(|(name, _)| name == EMAIL)
}

// ---- parts ----

fn items(list: &[Json], read: fn(&Json) -> Item) -> Vec<Item> {
    list.iter().map(read).collect()
}

/// A part, by the keys of its title, text, value, URL and image.
fn item(row: &Json, keys: [&str; 5]) -> Item {
    let [title, words, value, url, image] = keys.map(|key| text(row, key));
    Item {
        title,
        text: words,
        value,
        url,
        image,
        ..Item::default()
    }
}

fn choice(row: &Json) -> Item {
    item(row, ["title", "", "value", "", ""])
}

fn option(row: &Json) -> Item {
    item(row, ["label", "", "value", "", ""])
}

fn article(row: &Json) -> Item {
    item(row, ["title", "description", "", "link", ""])
}

fn card(row: &Json) -> Item {
    let mut card = item(row, ["title", "description", "", "", "media_url"]);
    card.items = items(rows(row, "actions"), action);
    card
}

fn action(row: &Json) -> Item {
    if row.at("type").as_str() == Some("link") {
        item(row, ["text", "", "", "uri", ""])
    } else {
        item(row, ["text", "", "payload", "", ""])
    }
}

fn field(row: &Json) -> Item {
    let mut field = item(row, ["label", "default", "name", "", ""]);
    let kind = row.at("type").as_str().unwrap_or_default();
    let known = ["email", "text_area", "select"];
    let kind = known.into_iter().find(|it| *it == kind).unwrap_or("text");
    kind.clone_into(&mut field.kind);
    field.hint = text(row, "placeholder");
    field.pattern = text(row, "pattern");
    field.error = text(row, "pattern_error");
    if field.error.is_empty() {
        field.error = text(row, "title");
    }
    field.required = is_true(row, "required");
    field.items = items(rows(row, "options"), option);
    field
}

fn product(row: &Json) -> Item {
    let mut card = item(row, ["displayName", "", "", "", "image"]);
    // A number would have lost its fraction.
    if let Some(price) = said(row, "price") {
        card.text = [price, " ", &text(row, "currency")].concat();
    }
    let link = item(row, ["displayName", "", "", "link_url", ""]);
    if !link.url.is_empty() {
        card.items.push(link);
    }
    card
}

fn discount(row: &Json) -> Item {
    item(row.at("discount"), ["title", "summary", "", "", ""])
}

/// An order as a link to how far it is.
fn order(given: &Json) -> Item {
    let event = given.at("shopify_event");
    let mut link = item(event, ["", "", "", "status_url", ""]);
    link.title = ["#", &text(given, "shopify_order_id")].concat();
    for row in rows(event, "items") {
        if !link.text.is_empty() {
            link.text.push_str(", ");
        }
        let words = [&text(row, "qty"), " × ", &text(row, "name")].concat();
        link.text.push_str(&words);
    }
    link
}
