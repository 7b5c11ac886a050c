//! A short sound.

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    // A function that needs nothing of the glue would be imported from a module
    // of its own, which the release does not expect: xtask/src/slim.rs.
    #[wasm_bindgen(catch, js_name = chime)]
    fn ring() -> Result<(), JsValue>;
}

/// Plays two soft tones, a quarter of a second in all. Nothing is heard where
/// the browser does not allow it.
pub fn chime() {
    let _ = ring();
}
