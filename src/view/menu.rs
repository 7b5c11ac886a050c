//! A button and its menu, as people and screen readers know them. JavaScript opens
//! and closes it.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use super::dom::keep;
use super::el::{El, el};
use crate::browser::callback;

/// What a menu offers: its name, and what it does.
pub(super) type Item = (&'static str, Box<dyn Fn()>);

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = menu)]
    fn open_by(opener: &HtmlElement, label: &str, tell: &JsValue);
}

/// In a place of this class, `button` and the menu that it opens. What the
/// menu offers is asked each time.
pub(super) fn menu(
    class: &str,
    label: &'static str,
    button: El,
    items: Box<dyn Fn() -> Vec<Item>>,
) -> El {
    let mut offered: Vec<Item> = Vec::new();
    let tell = callback(Box::new(move |told| {
        if let Some(index) = told.as_f64() {
            if let Some((_, run)) = offered.get(index as usize) {
                run();
            }
            return;
        }
        offered = items();
        let names: &Array = told.unchecked_ref();
        for (name, _) in &offered {
            names.push(&(*name).into());
        }
    }));
    open_by(button.node(), label, tell.as_ref());
    keep(tell);
    el("div", class).child(button)
}
