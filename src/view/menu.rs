//! The menu in the header, with the keys that a menu has (WAI-ARIA menu
//! button): arrows, Home, End, Escape; Tab and a click elsewhere close it.

use concierge_core::Conversation;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, FocusEvent, HtmlElement, KeyboardEvent, Node};

use super::desk::Desk;
use super::dom;
use super::el::{El, el, react};
use super::icons::{self, icon};
use super::transcript;

/// "More options" and what it opens.
pub(super) fn menu(desk: Desk, ending: RwSignal<bool>) -> El {
    let open = RwSignal::new(false);
    let button = dom::button("icon-button", move || open.update(|open| *open = !*open))
        .with("part", "menu")
        .with("aria-label", desk.texts.more_options)
        .with("aria-haspopup", "menu")
        .with("aria-controls", "menu")
        // An open menu would lose its focus first, and close, and be opened
        // again by the click.
        .on("mousedown", move |event| {
            if open.get_untracked() {
                event.prevent_default();
            }
        })
        .on_key(move |event| {
            if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") {
                event.prevent_default();
                open.set(true);
            }
        })
        .child(icon(icons::MORE));
    let shown = button.clone();
    react(move || {
        let open = if open.get() { "true" } else { "false" };
        shown.put("aria-expanded", Some(open));
    });
    let opener = button.node().clone();
    el("div", "menu-place").child(button).when(
        move || open.get(),
        move || {
            let opener = opener.clone();
            let close = move || {
                open.set(false);
                dom::focus(&opener);
            };
            items(desk, open, ending, close)
        },
    )
}

/// The open menu. The first item has the focus.
fn items(
    desk: Desk,
    open: RwSignal<bool>,
    ending: RwSignal<bool>,
    close: impl Fn() + Clone + 'static,
) -> El {
    let item = |text: &str, run: Box<dyn Fn()>| {
        let close = close.clone();
        dom::button("menu-item", move || {
            close();
            run();
        })
        .with("role", "menuitem")
        .with("tabindex", "-1")
        .text(text)
    };
    let open_conversation = desk
        .signals
        .conversation
        .with(|conversation| matches!(conversation, Conversation::Open(_)));
    let first = item(
        desk.texts.download_transcript,
        Box::new(move || transcript::download(desk)),
    );
    dom::focus_soon(first.node());
    let end = (desk.traits().end && open_conversation)
        .then(|| item(desk.texts.end_chat, Box::new(move || ending.set(true))));
    let menu = el("div", "menu")
        .with("role", "menu")
        .with("id", "menu")
        .with("aria-label", desk.texts.more_options)
        .child(first)
        .maybe(end);
    let inside = menu.node().clone();
    menu
        // The focus must not leave an item before its click arrives.
        .on("mousedown", |event| event.prevent_default())
        .on_key(move |event| on_key(event, &close))
        .on("focusout", move |event| {
            let next = event.unchecked_ref::<FocusEvent>().related_target();
            let next = next.as_ref().and_then(|next| next.dyn_ref::<Node>());
            if !inside.contains(next) {
                open.set(false);
            }
        })
}

fn on_key(event: &KeyboardEvent, close: &dyn Fn()) {
    let Some(item) = dom::target(event) else {
        return;
    };
    let menu = item.parent_element();
    let first = || menu.as_ref().and_then(Element::first_element_child);
    let last = || menu.as_ref().and_then(Element::last_element_child);
    let next = match event.key().as_str() {
        "ArrowDown" => item.next_element_sibling().or_else(first),
        "ArrowUp" => item.previous_element_sibling().or_else(last),
        "Home" => first(),
        "End" => last(),
        "Escape" => {
            // The next Escape is for the panel.
            event.stop_propagation();
            close();
            None
        }
        "Tab" => {
            close();
            return;
        }
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
        dom::focus(&next);
    }
}
