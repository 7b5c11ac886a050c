//! How the visitor's files come in: chosen, pasted, or dropped on the panel.
//! They are handed on as the browser gives them; the session says which of
//! them may be sent.

use concierge_core::{Action, Key};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web_sys::{Element, HtmlElement};

use super::desk::Desk;
use super::dom::keep;
use super::el::{El, el};
use crate::browser::callback;

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = picker)]
    fn input_of(opener: &HtmlElement, accept: &str, is_one: bool, take: &JsValue) -> Element;
    #[wasm_bindgen(js_name = takeFiles)]
    fn take_from(panel: &HtmlElement, words: &str, take: &JsValue);
}

/// A button that opens the browser's file picker, and the hidden input that
/// the picker belongs to. What is chosen takes the place of the message
/// `instead_of`, if there is one.
pub(super) fn picker(desk: Desk, class: &str, instead_of: Option<Key>) -> [El; 2] {
    let button = el("button", class).with("type", "button");
    let take = taker(desk, instead_of);
    let is_one = instead_of.is_some();
    let input = input_of(button.node(), &desk.accept(), is_one, &take);
    [button, El::of(input)]
}

/// Takes what is pasted or dropped.
pub(super) fn take_files(desk: Desk, panel: &El) {
    if desk.traits().upload {
        take_from(panel.node(), desk.texts.drop, &taker(desk, None));
    }
}

/// A function that takes a list of files.
fn taker(desk: Desk, instead_of: Option<Key>) -> JsValue {
    let take = callback(Box::new(move |files| {
        let files: &Array = files.unchecked_ref();
        desk.attach(files.iter().map(JsCast::unchecked_into).collect());
        if let Some(key) = instead_of {
            desk.dispatch(Action::Discard(key));
        }
    }));
    let function = take.as_ref().clone();
    keep(take);
    function
}
