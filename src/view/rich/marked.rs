//! Markdown as elements, which JavaScript makes.

use concierge_core::{FileContent, FileKind};
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, Node};

use crate::browser::callback;
use crate::view::content;
use crate::view::desk::Desk;
use crate::view::dom;
use crate::view::el::El;

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = marked)]
    fn mark(place: &HtmlElement, text: &str, unnamed: &str, tell: &JsValue);
    /// What a text says, without its marks.
    pub(super) fn unmarked(text: &str) -> String;
}

/// Puts a bubble with what `text` says into `place`.
pub(super) fn marked(desk: Desk, place: &El, text: &str) {
    let picture = move |picture: JsValue| {
        let text = |key| crate::browser::text(&picture, key).unwrap_or_default();
        let file = FileContent {
            kind: FileKind::Image,
            url: text("url"),
            name: text("name"),
            mime: None,
            size: None,
            dimensions: None,
        };
        let place = dom::get(&picture, "place");
        let shown = content::file(desk, &file);
        let _ = place.unchecked_ref::<Node>().append_child(shown.node());
    };
    // It is called before this ends.
    let tell = callback(Box::new(picture));
    mark(place.node(), text, desk.texts.image, tell.as_ref());
}

/// A link that the other side has written.
pub(super) fn outward(url: &str) -> El {
    dom::link("", url).with("rel", "noopener noreferrer nofollow")
}
