//! Times, days and sizes in the visitor's language. `browser.js` asks the
//! browser's `Intl` for them.

use concierge_core::Timestamp;
use wasm_bindgen::prelude::*;

use super::state::wall_clock;
use super::texts::Texts;

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = Formats)]
    #[derive(Clone)]
    type Hands;
    #[wasm_bindgen(constructor, js_class = "Formats")]
    fn new(locale: &str) -> Hands;
    #[wasm_bindgen(method)]
    fn date(this: &Hands, which: u32, at: f64) -> String;
    #[wasm_bindgen(method)]
    fn size(this: &Hands, bytes: f64) -> String;
    // It does not fail; see `shell/sound.rs`.
    #[wasm_bindgen(catch, js_name = localDay)]
    fn day_back(at: f64, back: u32) -> Result<i32, JsValue>;
}

/// The formats of a locale.
pub(super) struct Formats(Hands);

impl Formats {
    /// Those of a BCP 47 tag; of the browser's own language when the tag is
    /// none.
    pub(super) fn new(locale: &str) -> Self {
        Self(Hands::new(locale))
    }

    /// "Today", "Yesterday", "Friday, 20 November".
    pub(super) fn day(&self, at: Timestamp, texts: &Texts) -> String {
        let now = wall_clock();
        match local_day(at) {
            day if day == local_day(now) => texts.today.to_owned(),
            day if Ok(day) == day_back(now.0 as f64, 1) => texts.yesterday.to_owned(),
            _ => self.0.date(1, at.0 as f64),
        }
    }

    /// "20 Nov 2026, 09:12".
    pub(super) fn date_and_time(&self, at: Timestamp) -> String {
        self.0.date(2, at.0 as f64)
    }

    /// For what JavaScript draws.
    pub(super) fn hands(&self) -> JsValue {
        self.0.clone().into()
    }

    /// "1.2 MB", counted in 1024s, as the limits of the back ends are.
    pub(super) fn size(&self, bytes: u64) -> String {
        self.0.size(bytes as f64)
    }
}

/// A number that differs from one local day to the next.
pub(super) fn local_day(at: Timestamp) -> i32 {
    day_back(at.0 as f64, 0).unwrap_or_default()
}
