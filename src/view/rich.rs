//! Messages that are more than a text or a file: Markdown with files beside it,
//! and what the other side asks or shows.

mod articles;
mod ask;
mod cards;
mod choices;
mod form;
mod marked;
mod rating;

use concierge_core::text::trim;
use concierge_core::{Item, Key, Rich, RichKind, Timestamp};

use super::content;
use super::desk::Desk;
use super::el::{El, el};
use super::texts::{MORE, fill};

/// The message: what it says, its files, and what its kind asks for.
pub(super) fn rich(desk: Desk, key: Key, rich: &Rich, at: Timestamp) -> El {
    let mut all = el("div", "rich");
    if !trim(&rich.text).is_empty() {
        marked::marked(desk, &all, &rich.text);
    }
    for file in &rich.files {
        all = all.child(content::file(desk, file));
    }
    match rich.kind {
        RichKind::Text => all,
        RichKind::Choices => all.maybe(choices::choices(desk, key, rich)),
        RichKind::Cards => cards::cards(desk, all, rich),
        RichKind::Form => all.child(form::form(desk, key, rich)),
        RichKind::Articles => all.child(articles::articles(desk, rich)),
        RichKind::Rating => all.child(rating::rating(desk, key, rich, at)),
    }
}

/// The question, as the name of what answers it.
fn question(rich: &Rich) -> String {
    marked::unmarked(&rich.text)
}

/// What was answered under this name.
fn answered<'a>(rich: &'a Rich, name: &str) -> Option<&'a str> {
    let mut pairs = rich.answer.iter();
    let (_, value) = pairs.find(|(it, _)| it == name)?;
    Some(value)
}

/// What a person reads of a value that was chosen among these.
fn title<'a>(items: &'a [Item], value: &'a str) -> &'a str {
    let item = items.iter().find(|item| item.value == value);
    match item {
        Some(item) if !item.title.is_empty() => &item.title,
        _ => value,
    }
}

/// The message as plain text, in lines.
pub(super) fn plain(rich: &Rich) -> String {
    let mut all = question(rich);
    let mut line = |text: &str| {
        if !text.is_empty() {
            if !all.is_empty() {
                all.push('\n');
            }
            all.push_str(text);
        }
    };
    for file in &rich.files {
        line(&file.name);
    }
    if rich.answer.is_empty() || matches!(rich.kind, RichKind::Cards | RichKind::Articles) {
        for item in &rich.items {
            line(&item.title);
        }
        return all;
    }
    match rich.kind {
        RichKind::Rating => {
            if let Some(rating) = answered(rich, "rating") {
                line(&fill(MORE.of_five, &[rating]));
            }
            line(answered(rich, "comment").unwrap_or_default());
        }
        RichKind::Form => {
            for (name, value) in &rich.answer {
                let name = title(&rich.items, name);
                line(&[name, ": ", value].concat());
            }
        }
        RichKind::Choices | RichKind::Text | RichKind::Cards | RichKind::Articles => {
            for (title, value) in &rich.answer {
                line(if title.is_empty() { value } else { title });
            }
        }
    }
    all
}
