//! What a message holds: text with its links, pictures, films, sounds, files.
//! JavaScript draws it: it is a third of the bytes. Text becomes text nodes;
//! what the other side claims is never markup.

use concierge_core::FileContent;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::desk::Desk;
use super::el::El;
use super::texts::FILE;

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = bubble)]
    fn text_bubble(text: &str) -> Element;
    #[wasm_bindgen(js_name = file)]
    fn file_frame(
        kind: &str,
        url: &str,
        name: &str,
        size: &str,
        width: u32,
        height: u32,
        words: &str,
    ) -> Element;
}

/// A text, broken where its writer broke it.
pub(super) fn text(text: &str) -> El {
    El::of(text_bubble(text))
}

/// A file, as its kind asks.
pub(super) fn file(desk: Desk, file: &FileContent) -> El {
    let size = file.size.map_or_else(String::new, |size| desk.size(size));
    let (width, height) = file.dimensions.unwrap_or_default();
    El::of(file_frame(
        file.kind.name(),
        &file.url,
        &file.name,
        &size,
        width,
        height,
        FILE,
    ))
}
