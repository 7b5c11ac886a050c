//! What views need of the browser beside elements. Each of these undoes itself
//! when it is dropped; kept by [`keep`], it lives as long as the view.

use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, KeyboardEvent};

pub(super) use crate::browser::{Listener, Timer, get, soon};

use super::el::{El, el};
use super::live::Held;

/// Keeps `guard` until the view that is being built is gone, or the effect
/// that is running runs again.
pub(super) fn keep(guard: impl Guard) {
    Held::new(Kept(Box::new(guard)));
}

/// Whatever undoes itself when it is dropped.
pub(super) trait Guard: 'static {}

impl<T: 'static> Guard for T {}

/// All guards are of one type where they are kept: a type that may be asked for
/// its name costs 40 bytes.
struct Kept(#[expect(dead_code, reason = "kept")] Box<dyn Guard>);

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    // It does not fail; see `shell/sound.rs`.
    #[wasm_bindgen(catch, js_name = isHeld)]
    fn held(event: &KeyboardEvent) -> Result<bool, JsValue>;
}

/// Whether another key is held than Shift, or an input method is composing.
pub(super) fn is_held(event: &KeyboardEvent) -> bool {
    held(event).unwrap_or_default()
}

/// Focuses an element that is drawn. A failure to do so is no failure.
pub(super) fn focus(element: &HtmlElement) {
    let _ = element.focus();
}

/// Focuses an element that is about to be drawn.
pub(super) fn focus_soon(element: &HtmlElement) {
    let element = element.clone();
    soon(Box::new(move || focus(&element)));
}

/// A button: its class, and what it does.
pub(super) fn button(class: &str, run: impl Fn() + 'static) -> El {
    button_boxed(class, Box::new(move |_| run()))
}

fn button_boxed(class: &str, run: Box<dyn FnMut(JsValue)>) -> El {
    el("button", class)
        .with("type", "button")
        .on_boxed("click", run)
}

/// A link that leaves the page.
pub(super) fn link(class: &str, url: &str) -> El {
    el("a", class)
        .with("href", url)
        .with("target", "_blank")
        .with("rel", "noopener noreferrer")
}
