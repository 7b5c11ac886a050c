//! What the other side's messages show, by their open-ended `content_type`
//! (contract 3.6). Links and Markdown stay the texts that they are.

use super::read::{id, is_true, rows, said, text};
use crate::json::{Json, Writer, object};
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
    let itself = core::slice::from_ref(given);
    let submitted = given.at("submitted_values");
    let mut answered = false;
    let mut has_items = false;
    let mut out = Writer::default();
    out.open_object();
    let mut items = |rows, write| has_items = items(rows, write, &mut out);
    let kind = match kind {
        "input_select" => {
            items(list, choice);
            answered = pairs(submitted, "title", &mut out);
            RichKind::Choices
        }
        "cards" => {
            items(list, card);
            RichKind::Cards
        }
        "form" => {
            items(list, field);
            put("label", given, "button_label", &mut out);
            answered = pairs(submitted, "name", &mut out);
            RichKind::Form
        }
        "input_email" => {
            has_items = true;
            answered = ask_email(said(given, EMAIL), &mut out);
            RichKind::Form
        }
        "article" => {
            items(list, article);
            RichKind::Articles
        }
        "input_csat" => {
            has_items = true;
            if given.at("display_type").as_str() == Some("star") {
                out.pair("label", Some("star"));
            }
            // Some builds put a link to their own survey in its place
            // (contract 6, 26).
            if contains(&words, "://") {
                words.clear();
            }
            answered = rating(submitted.at("csat_survey_response"), &mut out);
            RichKind::Rating
        }
        "cal_event" => {
            items(itself, date);
            RichKind::Articles
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
            say(&mut words, &parts);
            RichKind::Text
        }
        "calling_event" => {
            say(&mut words, &[text(given, "call_status")]);
            RichKind::Text
        }
        "shopify_order_event" => {
            items(itself, order);
            RichKind::Articles
        }
        "shopify_product_refer" => {
            items(rows(given, "products"), product);
            RichKind::Cards
        }
        "shopify_discount_refer" => {
            items(rows(given, "discounts"), discount);
            RichKind::Cards
        }
        _ => RichKind::Text,
    };
    if has_items {
        out.close_object();
        return Some(Content::rich(Rich {
            kind,
            text: words,
            files,
            answered,
            parts: out.done(),
        }));
    }
    match one_file(&words, files) {
        Ok(file) => Some(file),
        Err(files) if files.is_empty() && trim(&words).is_empty() => None,
        Err(files) => Some(markdown(words, files)),
    }
}

/// Asks for the visitor's address; it was answered with this one.
fn ask_email(answer: Option<&str>, out: &mut Writer) -> bool {
    out.key("items");
    out.list(|out| {
        out.object(|out| {
            out.pair("value", Some(EMAIL));
            out.pair("kind", Some("email"));
            out.key("required");
            out.bool(true);
        });
    });
    if let Some(email) = answer {
        out.key("answer");
        out.list(|out| pair(EMAIL, email, out));
    }
    answer.is_some()
}

/// A question for the visitor's address is answered with this one.
pub(super) fn answer_with(email: &str, form: &mut Rich) {
    form.answered = true;
    form.parts = object(|out| {
        ask_email(Some(email), out);
    });
}

/// Where a message says nothing, these parts are what it says.
fn say(words: &mut String, parts: &[String]) {
    if words.is_empty() {
        for part in parts {
            if !(words.is_empty() || part.is_empty()) {
                words.push_str(", ");
            }
            words.push_str(part);
        }
    }
}

// ---- answers ----

/// A name and a value of an answer.
fn pair(name: &str, value: &str, out: &mut Writer) {
    out.list(|out| {
        out.text(name);
        out.text(value);
    });
}

/// Names and values of an answer. Whether there are any.
fn pairs(list: &Json, name: &str, out: &mut Writer) -> bool {
    let rows = list.as_list().unwrap_or_default();
    out.key("answer");
    out.list(|out| {
        for row in rows {
            pair(&text(row, name), &text(row, "value"), out);
        }
    });
    !rows.is_empty()
}

/// What was answered to "rate this conversation". Whether it was.
fn rating(response: &Json, out: &mut Writer) -> bool {
    let mut answered = false;
    out.key("answer");
    out.list(|out| {
        for (name, key) in [("rating", "rating"), ("comment", "feedback_message")] {
            if let Some(value) = id(response.at(key)) {
                pair(name, &value, out);
                answered = true;
            }
        }
    });
    answered
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

/// What writes a part: its keys and values.
type Part = fn(&Json, &mut Writer);

/// The parts of these rows. Whether there are any.
fn items(rows: &[Json], write: Part, out: &mut Writer) -> bool {
    out.key("items");
    out.list(|out| {
        for row in rows {
            out.object(|out| write(row, out));
        }
    });
    !rows.is_empty()
}

/// Writes the text under `key` of a row, if it says something.
fn put(name: &str, row: &Json, key: &str, out: &mut Writer) {
    put_text(name, &text(row, key), out);
}

fn put_text(name: &str, text: &str, out: &mut Writer) {
    if !text.is_empty() {
        out.pair(name, Some(text));
    }
}

fn choice(row: &Json, out: &mut Writer) {
    put("title", row, "title", out);
    put("value", row, "value", out);
}

fn option(row: &Json, out: &mut Writer) {
    put("title", row, "label", out);
    put("value", row, "value", out);
}

fn article(row: &Json, out: &mut Writer) {
    put("title", row, "title", out);
    put("text", row, "description", out);
    put("url", row, "link", out);
}

fn date(row: &Json, out: &mut Writer) {
    put("title", row, "title", out);
    put("url", row, "event_url", out);
}

fn card(row: &Json, out: &mut Writer) {
    put("title", row, "title", out);
    put("text", row, "description", out);
    put("image", row, "media_url", out);
    items(rows(row, "actions"), action, out);
}

fn action(row: &Json, out: &mut Writer) {
    put("title", row, "text", out);
    if row.at("type").as_str() == Some("link") {
        put("url", row, "uri", out);
    } else {
        put("value", row, "payload", out);
    }
}

fn field(row: &Json, out: &mut Writer) {
    let error = if said(row, "pattern_error").is_some() {
        "pattern_error"
    } else {
        "title"
    };
    for (name, key) in [
        ("title", "label"),
        ("text", "default"),
        ("value", "name"),
        ("kind", "type"),
        ("hint", "placeholder"),
        ("pattern", "pattern"),
        ("error", error),
    ] {
        put(name, row, key, out);
    }
    if is_true(row, "required") {
        out.key("required");
        out.bool(true);
    }
    items(rows(row, "options"), option, out);
}

fn product(row: &Json, out: &mut Writer) {
    put("title", row, "displayName", out);
    put("image", row, "image", out);
    // A number would have lost its fraction.
    if let Some(price) = said(row, "price") {
        let price = [price, " ", &text(row, "currency")].concat();
        put_text("text", &price, out);
    }
    if said(row, "link_url").is_some() {
        items(core::slice::from_ref(row), shop, out);
    }
}

/// The way to a product.
fn shop(row: &Json, out: &mut Writer) {
    put("title", row, "displayName", out);
    put("url", row, "link_url", out);
}

fn discount(row: &Json, out: &mut Writer) {
    let row = row.at("discount");
    put("title", row, "title", out);
    put("text", row, "summary", out);
}

/// An order as a link to how far it is.
fn order(given: &Json, out: &mut Writer) {
    let event = given.at("shopify_event");
    put("url", event, "status_url", out);
    let number = ["#", &text(given, "shopify_order_id")].concat();
    put_text("title", &number, out);
    let mut words = String::new();
    for row in rows(event, "items") {
        if !words.is_empty() {
            words.push_str(", ");
        }
        words.push_str(&[&text(row, "qty"), " × ", &text(row, "name")].concat());
    }
    put_text("text", &words, out);
}
