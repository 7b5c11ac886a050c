//! A question with buttons, which go once it is answered.

use concierge_core::{Key, Rich};

use super::ask::Ask;
use super::question;
use crate::view::desk::Desk;
use crate::view::dom;
use crate::view::el::{El, el};
use crate::view::icons::{self, icon};

/// The buttons, or what was chosen.
pub(super) fn choices(desk: Desk, key: Key, rich: &Rich) -> Option<El> {
    if let Some((title, value)) = rich.answer.first() {
        let title = if title.is_empty() { value } else { title };
        return Some(chosen(desk, title));
    }
    if rich.items.is_empty() {
        return None;
    }
    let ask = Ask::new(desk, key);
    let mut buttons = ask
        .controls("choices")
        .with("part", "choices")
        .with("role", "group")
        .with("aria-label", &question(rich));
    for item in &rich.items {
        let ask = ask.clone();
        let title = if item.title.is_empty() {
            &item.value
        } else {
            &item.title
        };
        let answer = (title.clone(), item.value.clone());
        let choose = move || ask.send(vec![answer.clone()]);
        let button = dom::button("choice", choose)
            .with("dir", "auto")
            .text(title);
        buttons = buttons.child(button);
    }
    Some(el("div", "ask").child(buttons).child(ask.error()))
}

fn chosen(desk: Desk, title: &str) -> El {
    el("div", "chosen")
        .child(icon(icons::TICK))
        .child(el("span", "aside").text(desk.more().your_answer))
        .child(el("bdi", "").text(title))
}
