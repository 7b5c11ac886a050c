//! The composer: where the visitor writes. What is written is kept by the
//! session (`Action::Draft`) and emptied by it when it has taken a message.

use concierge_core::Action;
use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

use super::desk::Desk;
use super::icons::{self, icon};

/// The textbox and its button. `field` is for who wants to focus it.
pub(super) fn composer(desk: Desk, field: NodeRef<html::Textarea>) -> AnyView {
    let signals = desk.signals;
    let empty = RwSignal::new(true);
    Effect::new(move |_| {
        let draft = signals.draft.get();
        let Some(field) = field.get() else {
            return;
        };
        if field.value() != draft {
            field.set_value(&draft);
        }
        empty.set(draft.trim().is_empty());
        fit(&field);
    });
    let send = move || {
        let text = field
            .get_untracked()
            .map(|field| field.value())
            .unwrap_or_default();
        let text = text.trim();
        if !text.is_empty() {
            signals.follow();
            desk.dispatch(Action::Send(text.to_owned()));
        }
    };
    let hidden = move || {
        let ended = signals.ended() && !desk.traits().reopen;
        ended || signals.problem.get().is_some()
    };
    let textbox = html::textarea()
        .class("field")
        .attr("part", "composer")
        .attr("rows", "1")
        .attr("dir", "auto")
        .attr("aria-label", desk.texts.message)
        .attr("placeholder", desk.texts.write_a_message)
        .attr("enterkeyhint", "send")
        .attr("autocomplete", "off")
        .node_ref(field)
        .on(ev::input, move |_| {
            if let Some(field) = field.get_untracked() {
                let text = field.value();
                empty.set(text.trim().is_empty());
                fit(&field);
                desk.dispatch(Action::Draft(text));
            }
        })
        .on(ev::keydown, move |event| {
            if sends(&event) {
                event.prevent_default();
                send();
            }
        });
    let button = html::button()
        .attr("type", "button")
        .class("send")
        .attr("part", "send")
        .attr("aria-label", desk.texts.send)
        .attr("aria-disabled", move || empty.get().to_string())
        // The keyboard of a phone stays while the focus stays in the field.
        .on(ev::mousedown, |event| event.prevent_default())
        .on(ev::click, move |_| send())
        .child(icon(icons::SEND));
    html::div()
        .class("composer")
        .attr("hidden", move || hidden().then_some(""))
        .child(textbox)
        .child(button)
        .into_any()
}

/// Enter sends; with any other key held it does not, nor while an input
/// method is composing (229 is how Safari tells it).
fn sends(event: &KeyboardEvent) -> bool {
    event.key() == "Enter"
        && !event.shift_key()
        && !event.ctrl_key()
        && !event.alt_key()
        && !event.meta_key()
        && !event.is_composing()
        && event.key_code() != 229
}

/// Lets the field grow with its text where CSS `field-sizing` is not known.
fn fit(field: &HtmlTextAreaElement) {
    let style = field.unchecked_ref::<web_sys::HtmlElement>().style();
    if js_sys::Reflect::has(&style, &"fieldSizing".into()) == Ok(true) {
        return;
    }
    let _ = style.set_property("block-size", "auto");
    let mut height = field.scroll_height().to_string();
    height.push_str("px");
    let _ = style.set_property("block-size", &height);
}
