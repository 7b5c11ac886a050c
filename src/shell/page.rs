//! What the page and the device tell: seen or hidden, online or not, leaving
//! and coming back.

use std::rc::Rc;

use concierge_core::{Input, Page};
use js_sys::Function;
use wasm_bindgen::prelude::*;

use crate::browser::{Callback, Stop, callback};

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    // It does not fail; see `shell/sound.rs`.
    #[wasm_bindgen(catch, js_name = watchPage)]
    fn watch_page(heard: &JsValue) -> Result<Function, JsValue>;
}

/// Listens as long as it lives.
pub struct PageWatch {
    _stop: Option<Stop>,
    _heard: Callback,
}

impl PageWatch {
    /// Begins to listen. What a session must know before it starts, where that
    /// is not the usual, is heard at once.
    #[must_use]
    pub fn start(heard: Rc<dyn Fn(Input)>) -> Self {
        let heard = callback(Box::new(move |told| {
            let page = match told.as_f64().unwrap_or_default() as u32 {
                0 => Page::Online,
                1 => Page::Offline,
                2 => Page::Visible,
                3 => Page::Hidden,
                4 => Page::Restored,
                _ => Page::Leaving,
            };
            heard(Input::Page(page));
        }));
        Self {
            _stop: watch_page(heard.as_ref()).ok().map(Stop::by),
            _heard: heard,
        }
    }
}
