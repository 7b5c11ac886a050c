//! The composer: where the visitor writes. What is written is kept by the
//! session (`Action::Draft`) and emptied by it when it has taken a message.

use concierge_core::Action;
use concierge_core::text::trim;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, HtmlTextAreaElement, KeyboardEvent};

use super::desk::Desk;
use super::dom;
use super::el::{El, el, react};
use super::files;
use super::icons::{self, icon};

/// The textbox with its buttons.
pub(super) fn composer(desk: Desk) -> El {
    let signals = desk.signals;
    let textbox = el("textarea", "field")
        .with("part", "composer")
        .with("rows", "1")
        .with("dir", "auto")
        .with("aria-label", desk.texts.message)
        .with("placeholder", desk.texts.write_a_message)
        .with("enterkeyhint", "send")
        .with("autocomplete", "off");
    let field: HtmlTextAreaElement = textbox.node().clone().unchecked_into();
    let sent = field.clone();
    let send = move || {
        let text = sent.value();
        let text = trim(&text);
        if !text.is_empty() {
            signals.follow();
            desk.dispatch(Action::Send(text.to_owned()));
        }
    };
    let button = dom::button("send", send.clone())
        .with("part", "send")
        .with("aria-label", desk.texts.send)
        // The keyboard of a phone stays while the focus stays in the field.
        .on("mousedown", |event| event.prevent_default())
        .child(icon(icons::SEND));
    let (written, shown) = (field.clone(), button.clone());
    let look = move || {
        let empty = trim(&written.value()).is_empty();
        shown.put("aria-disabled", Some(if empty { "true" } else { "false" }));
        fit(&written);
    };
    let (restored, look_again) = (field.clone(), look.clone());
    react(move || {
        signals.draft.with(|draft| {
            if restored.value() != *draft {
                restored.set_value(draft);
            }
        });
        look_again();
    });
    let textbox = textbox
        .on("input", move |_| {
            look();
            desk.dispatch(Action::Draft(field.value()));
        })
        .on_key(move |event| {
            if sends(event) {
                event.prevent_default();
                send();
            }
        });
    let composer = attach(desk, el("div", "composer"))
        .child(textbox)
        .child(button);
    let hidden = composer.clone();
    react(move || hidden.flag("hidden", !desk.is_writable()));
    composer
}

/// Puts "Attach a file" into `composer`, where files can be sent.
fn attach(desk: Desk, composer: El) -> El {
    if !desk.traits().upload {
        return composer;
    }
    let [button, input] = files::picker(desk, "icon-button attach", None);
    let button = button
        .with("part", "attach")
        .with("aria-label", desk.texts.attach)
        .child(icon(icons::ATTACH));
    composer.child(button).child(input)
}

/// Enter sends; with any other key held it does not, nor while an input
/// method is composing.
fn sends(event: &KeyboardEvent) -> bool {
    event.key() == "Enter" && !event.shift_key() && !dom::is_held(event)
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    // It does not fail; see `shell/sound.rs`.
    #[wasm_bindgen(catch, js_name = fit)]
    fn grow(field: &HtmlElement) -> Result<(), JsValue>;
}

/// Lets the field grow with its text.
fn fit(field: &HtmlElement) {
    let _ = grow(field);
}
