//! The drawn signs: strokes on a field of 24, in the colour of the text. Those of
//! what JavaScript draws are in `browser.js`.

use wasm_bindgen::prelude::*;
use web_sys::Element;

use super::el::El;

pub(super) const CLOSE: &str = "M6 6l12 12M18 6L6 18";
pub(super) const MORE: &str = "M5.5 11.1a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8zM12 11.1a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8zM18.5 11.1a.9.9 0 1 0 0 1.8.9.9 0 0 0 0-1.8z";
pub(super) const ATTACH: &str = "M20 11.5 12 19.4a5 5 0 0 1-7.1-7.1l8.4-8.3a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.2a1.7 1.7 0 0 1-2.4-2.4l7.7-7.6";
pub(super) const SEND: &str = "M12 19V5M5.5 11.5 12 5l6.5 6.5";
pub(super) const DOWN: &str = "M12 5v14M5.5 12.5 12 19l6.5-6.5";
pub(super) const CLOCK: &str = "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17zM12 7.5V12l3 2";
pub(super) const TICK: &str = "M5 12.5l4.5 4.5L19 7.5";
pub(super) const TICKS: &str = "M1.5 12.5 6 17l9.5-9.5M11 16l1 1 10.5-10.5";
pub(super) const ALERT: &str = "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7.5v5.5M12 16.5h.01";
pub(super) const BACK: &str = "M14.5 5.5 8 12l6.5 6.5";
/// The bell on a hotel's desk, for who has no monogram.
pub(super) const BELL: &str = "M4 16.5a8 8 0 0 1 16 0zM3 19.5h18M12 8.5V6M10 6h4";

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = icon)]
    fn sign(path: &str) -> Element;
}

/// An icon. The text beside it, or its button's name, says what it means.
pub(super) fn icon(path: &str) -> El {
    El::of(sign(path))
}
