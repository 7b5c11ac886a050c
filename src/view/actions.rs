//! What can be done with a message: take it back, copy it.

use std::rc::Rc;

use concierge_core::{Action, Author, Content, Key, Row, RowState};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use super::desk::Desk;
use super::dom;
use super::el::{El, el};
use super::icons::{self, icon};
use super::live::Told;
use super::menu::{Item, menu};
use super::message::{is_taken_back, plain};
use super::texts::EN;
use crate::system;

/// So near to the log's top a menu opens downwards, in px.
const ROOM: i32 = 120;

/// Puts "Message actions" into `spot`, beside the bubble, while there are any.
pub(super) fn actions(desk: Desk, key: Key, spot: El, article: &El, row: Rc<Told<Row>>) -> El {
    let (article, shown) = (article.clone(), row.clone());
    spot.when(
        move || shown.with(|row| is_unsendable(desk, row) || text(row).is_some()),
        move || {
            let (article, row) = (article.clone(), row.clone());
            let stop = article.node().get_attribute("tabindex");
            let button = el("button", "more")
                // The Tab key comes here from the message that has the focus,
                // and not through all messages: see `log`.
                .with("tabindex", &stop.unwrap_or_default())
                .child(icon(icons::MORE));
            menu(
                "actions",
                desk.texts.message_actions,
                button,
                Box::new(move || row.with_untracked(|row| items(desk, key, &article, row))),
            )
        },
    )
}

fn items(desk: Desk, key: Key, article: &El, row: &Row) -> Vec<Item> {
    let node = article.node();
    let log = node.closest(".log").ok().flatten();
    let above = node.offset_top() - log.map_or(0, |log| log.scroll_top());
    article.flag("data-high", above < ROOM);
    let mut items: Vec<Item> = Vec::new();
    if is_unsendable(desk, row) {
        let article = node.clone();
        let unsend = move || {
            // The button of this menu goes, and shall not take the focus along.
            dom::focus(&article);
            desk.dispatch(Action::Unsend(key));
        };
        items.push((desk.texts.unsend, Box::new(unsend)));
    }
    if let Some(text) = text(row) {
        let article = node.clone();
        let copy = move || copy(desk, &article, &text);
        items.push((desk.texts.copy, Box::new(copy)));
    }
    items
}

fn is_unsendable(desk: Desk, row: &Row) -> bool {
    row.author == Author::Me
        && matches!(row.state, RowState::Sent | RowState::Seen)
        && system::UNSEND
        && desk.traits().unsend
}

/// What can be copied of a message.
fn text(row: &Row) -> Option<String> {
    let has_text = match &row.content {
        Content::Text(_) | Content::Rich(_) => true,
        Content::File(_) => false,
    };
    let is_said = row.author != Author::System && !is_taken_back(&row.state);
    (has_text && is_said)
        .then(|| plain(row, &EN))
        .filter(|text| !text.is_empty())
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(catch, js_name = copy)]
    fn copy_at(text: &str, place: &HtmlElement) -> Result<(), JsValue>;
}

/// Copies as a person would, out of a field in the article.
fn copy(desk: Desk, article: &HtmlElement, text: &str) {
    let _ = copy_at(text, article);
    dom::focus(article);
    desk.signals.say(desk.texts.copied.to_owned());
}
