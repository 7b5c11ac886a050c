//! The two clocks.

use concierge_core::{Instant, Now, Timestamp};
use wasm_bindgen::prelude::*;

/// Reads both clocks.
#[must_use]
pub fn now() -> Now {
    Now {
        at: Instant(ticks()),
        wall: Timestamp(js_sys::Date::now() as i64),
    }
}

/// Milliseconds on the clock that deadlines are told by.
#[must_use]
pub fn ticks() -> u64 {
    performance_now() as u64
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}
