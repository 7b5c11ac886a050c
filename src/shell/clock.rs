//! The two clocks, and a timer that ends with its owner.

use concierge_core::{Instant, Now, Timestamp};
use wasm_bindgen::prelude::*;

/// Reads both clocks.
#[must_use]
pub fn now() -> Now {
    let ticks = web_sys::window()
        .and_then(|window| window.performance())
        .map_or_else(js_sys::Date::now, |performance| performance.now());
    Now {
        at: Instant(ticks as u64),
        wall: Timestamp(js_sys::Date::now() as i64),
    }
}

/// A `setTimeout` that is cleared when this is dropped.
pub struct Timeout {
    id: i32,
    _run: Closure<dyn FnMut()>,
}

impl Timeout {
    /// Runs once after `ms` milliseconds, at most about 24 days. `None` where
    /// there is no window.
    pub fn after(ms: u64, run: impl FnOnce() + 'static) -> Option<Self> {
        let run = Closure::once(run);
        let id = web_sys::window()?
            .set_timeout_with_callback_and_timeout_and_arguments_0(
                run.as_ref().unchecked_ref(),
                i32::try_from(ms).unwrap_or(i32::MAX),
            )
            .ok()?;
        Some(Self { id, _run: run })
    }
}

impl Drop for Timeout {
    fn drop(&mut self) {
        if let Some(window) = web_sys::window() {
            window.clear_timeout_with_handle(self.id);
        }
    }
}
