//! The menu in the header, with the keys that a menu has (WAI-ARIA menu
//! button): arrows, Home, End, Escape; Tab and a click elsewhere close it.

use concierge_core::Conversation;
use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, Node};

use super::desk::Desk;
use super::dom;
use super::icons::{self, icon};
use super::transcript;

/// "More options" and what it opens.
pub(super) fn menu(desk: Desk, ending: RwSignal<bool>) -> AnyView {
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let list = NodeRef::<html::Div>::new();
    let close = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            dom::focus(&button);
        }
    };
    // Focus goes to the first item as soon as there is one.
    Effect::new(move |_| {
        if let Some(first) = list.get().and_then(|list| list.first_element_child()) {
            dom::focus(first.unchecked_ref());
        }
    });
    let item = move |text: &'static str, run: Box<dyn Fn()>| {
        html::button()
            .attr("type", "button")
            .class("menu-item")
            .attr("role", "menuitem")
            .attr("tabindex", "-1")
            .on(ev::click, move |_| {
                close();
                run();
            })
            .child(text)
            .into_any()
    };
    let can_end = move || {
        let conversation = desk.signals.conversation.get();
        desk.traits().end && matches!(conversation, Conversation::Open(_))
    };
    let opened = move || {
        open.get().then(|| {
            html::div()
                .class("menu")
                .attr("role", "menu")
                .attr("id", "menu")
                .attr("aria-label", desk.texts.more_options)
                .node_ref(list)
                // The focus must not leave an item before its click arrives.
                .on(ev::mousedown, |event| event.prevent_default())
                .on(ev::keydown, move |event| on_key(&event, close))
                .on(ev::focusout, move |event| {
                    let next = event.related_target();
                    let next = next.as_ref().and_then(|next| next.dyn_ref::<Node>());
                    if !list.get_untracked().is_some_and(|list| list.contains(next)) {
                        open.set(false);
                    }
                })
                .child(item(
                    desk.texts.download_transcript,
                    Box::new(move || transcript::download(desk)),
                ))
                .child(move || {
                    can_end().then(|| item(desk.texts.end_chat, Box::new(move || ending.set(true))))
                })
        })
    };
    html::div()
        .class("menu-place")
        .child(
            html::button()
                .attr("type", "button")
                .class("icon-button")
                .attr("part", "menu")
                .attr("aria-label", desk.texts.more_options)
                .attr("aria-haspopup", "menu")
                .attr("aria-controls", "menu")
                .attr("aria-expanded", move || open.get().to_string())
                .node_ref(button)
                // An open menu would lose its focus first, and close, and be
                // opened again by the click.
                .on(ev::mousedown, move |event| {
                    if open.get_untracked() {
                        event.prevent_default();
                    }
                })
                .on(ev::click, move |_| open.update(|open| *open = !*open))
                .on(ev::keydown, move |event| {
                    if matches!(event.key().as_str(), "ArrowDown" | "ArrowUp") {
                        event.prevent_default();
                        open.set(true);
                    }
                })
                .child(icon(icons::MORE)),
        )
        .child(opened)
        .into_any()
}

fn on_key(event: &KeyboardEvent, close: impl Fn()) {
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
