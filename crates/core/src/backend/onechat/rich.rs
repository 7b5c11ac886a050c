//! What the other side's messages show, by their open-ended `content_type`
//! (contract 3.6). Links and Markdown stay the texts that they are.

use super::read::{id, is_true, rows, said, text};
use crate::json::Json;
use crate::model::{Content, FileContent, Rich, RichKind};
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
        files,
        answered: false,
        parts: String::new(),
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
                answer.push(pair(EMAIL, email));
            }
            (RichKind::Form, vec![email_field()])
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
            (RichKind::Articles, vec![Json::Object(link)])
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
        "shopify_order_event" => (RichKind::Articles, vec![Json::Object(order(given))]),
        "shopify_product_refer" => (RichKind::Cards, items(rows(given, "products"), product)),
        "shopify_discount_refer" => (RichKind::Cards, items(rows(given, "discounts"), discount)),
        _ => (RichKind::Text, Vec::new()),
    };
    if kind == RichKind::Rating || !items.is_empty() {
        return Some(Content::rich(Rich {
            kind,
            text: words,
            files,
            answered: !answer.is_empty(),
            parts: parts(&label, items, answer),
        }));
    }
    match one_file(&words, files) {
        Ok(file) => Some(file),
        Err(files) if files.is_empty() && trim(&words).is_empty() => None,
        Err(files) => Some(markdown(words, files)),
    }
}

/// What a message asks or shows, see [`Rich::parts`].
fn parts(label: &str, items: Vec<Json>, answer: Vec<Json>) -> String {
    let label = (!label.is_empty()).then_some(label);
    Json::object([
        ("label", label.into()),
        ("items", Json::List(items)),
        ("answer", Json::List(answer)),
    ])
    .write()
}

fn email_field() -> Json {
    Json::object([
        ("value", EMAIL.into()),
        ("kind", "email".into()),
        ("required", true.into()),
    ])
}

/// A question for the visitor's address is answered with this one.
pub(super) fn answer_with(email: &str, form: &mut Rich) {
    form.answered = true;
    form.parts = parts("", vec![email_field()], vec![pair(EMAIL, email)]);
}

/// Where a message says nothing, these parts are what it says.
fn say(words: &mut String, parts: &[String]) -> Vec<Json> {
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

// ---- answers ----

/// A name and a value of an answer.
fn pair(name: &str, value: &str) -> Json {
    Json::List(vec![name.into(), value.into()])
}

/// Names and values of an answer.
fn pairs(list: &Json, name: &str) -> Vec<Json> {
    let mut pairs = Vec::new();
    for row in list.as_list().unwrap_or_default() {
        pairs.push(pair(&text(row, name), &text(row, "value")));
    }
    pairs
}

/// What was answered to "rate this conversation".
fn rating(response: &Json) -> Vec<Json> {
    let mut pairs = Vec::new();
    for (name, key) in [("rating", "rating"), ("comment", "feedback_message")] {
        if let Some(value) = id(response.at(key)) {
            pairs.push(pair(name, &value));
        }
    }
    pairs
}

/// An answer of the visitor: names and values.
pub(super) fn values(answer: &str) -> Vec<(String, String)> {
    let mut values = Vec::new();
    let answer = Json::parse(answer).unwrap_or(Json::Null);
    for pair in answer.as_list().unwrap_or_default() {
        if let Some([Json::Text(name), Json::Text(value)]) = pair.as_list() {
            values.push((name.clone(), value.clone()));
        }
    }
    values
}

/// The visitor's address, if an answer is that.
pub(super) fn email(answer: &str) -> Option<String> {
    let first = values(answer).into_iter().next();
    first.and_then(|(name, email)| (name == EMAIL).then_some(email))
}

// ---- parts ----

/// A part: its keys and values.
type Part = Vec<(String, Json)>;

fn items(list: &[Json], read: fn(&Json) -> Part) -> Vec<Json> {
    list.iter().map(|row| Json::Object(read(row))).collect()
}

/// Puts a text that says something into a part.
fn put(part: &mut Part, name: &str, text: String) {
    if !text.is_empty() {
        part.push((name.to_owned(), Json::Text(text)));
    }
}

fn put_items(part: &mut Part, items: Vec<Json>) {
    part.push(("items".to_owned(), Json::List(items)));
}

/// A part, by the keys of its title, text, value, URL and image.
fn item(row: &Json, keys: [&str; 5]) -> Part {
    let mut part = Vec::new();
    let names = ["title", "text", "value", "url", "image"];
    for (name, key) in names.into_iter().zip(keys) {
        put(&mut part, name, text(row, key));
    }
    part
}

fn choice(row: &Json) -> Part {
    item(row, ["title", "", "value", "", ""])
}

fn option(row: &Json) -> Part {
    item(row, ["label", "", "value", "", ""])
}

fn article(row: &Json) -> Part {
    item(row, ["title", "description", "", "link", ""])
}

fn card(row: &Json) -> Part {
    let mut card = item(row, ["title", "description", "", "", "media_url"]);
    put_items(&mut card, items(rows(row, "actions"), action));
    card
}

fn action(row: &Json) -> Part {
    if row.at("type").as_str() == Some("link") {
        item(row, ["text", "", "", "uri", ""])
    } else {
        item(row, ["text", "", "payload", "", ""])
    }
}

fn field(row: &Json) -> Part {
    let mut field = item(row, ["label", "default", "name", "", ""]);
    let error = if said(row, "pattern_error").is_some() {
        "pattern_error"
    } else {
        "title"
    };
    let names = ["kind", "hint", "pattern", "error"];
    for (name, key) in names
        .into_iter()
        .zip(["type", "placeholder", "pattern", error])
    {
        put(&mut field, name, text(row, key));
    }
    if is_true(row, "required") {
        field.push(("required".to_owned(), true.into()));
    }
    put_items(&mut field, items(rows(row, "options"), option));
    field
}

fn product(row: &Json) -> Part {
    let mut card = item(row, ["displayName", "", "", "", "image"]);
    // A number would have lost its fraction.
    if let Some(price) = said(row, "price") {
        put(
            &mut card,
            "text",
            [price, " ", &text(row, "currency")].concat(),
        );
    }
    if said(row, "link_url").is_some() {
        let link = item(row, ["displayName", "", "", "link_url", ""]);
        put_items(&mut card, vec![Json::Object(link)]);
    }
    card
}

fn discount(row: &Json) -> Part {
    item(row.at("discount"), ["title", "summary", "", "", ""])
}

/// An order as a link to how far it is.
fn order(given: &Json) -> Part {
    let event = given.at("shopify_event");
    let mut link = item(event, ["", "", "", "status_url", ""]);
    put(
        &mut link,
        "title",
        ["#", &text(given, "shopify_order_id")].concat(),
    );
    let mut words = String::new();
    for row in rows(event, "items") {
        if !words.is_empty() {
            words.push_str(", ");
        }
        words.push_str(&[&text(row, "qty"), " × ", &text(row, "name")].concat());
    }
    put(&mut link, "text", words);
    link
}
