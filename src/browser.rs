//! What shell and views both need of the browser: callbacks, timers, listeners
//! and properties. Each of them undoes itself when it is dropped.
//!
//! There is one type of callback, for each costs a table and glue of its own.

use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;
use web_sys::{Document, EventTarget, Window};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = window)]
    static WINDOW: Window;
    #[wasm_bindgen(thread_local_v2, js_name = document)]
    static DOCUMENT: Document;
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(run: &JsValue, ms: f64) -> i32;
    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(id: i32);
    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(run: &JsValue);
    #[wasm_bindgen(js_name = EventTarget)]
    type Hands;
    #[wasm_bindgen(method, js_name = addEventListener)]
    fn listen(this: &Hands, name: &str, run: &JsValue);
    #[wasm_bindgen(method, js_name = removeEventListener)]
    fn ignore(this: &Hands, name: &str, run: &JsValue);
}

/// The page's window.
#[must_use]
pub fn window() -> Window {
    WINDOW.with(Clone::clone)
}

/// The page.
#[must_use]
pub fn document() -> Document {
    DOCUMENT.with(Clone::clone)
}

/// What JavaScript calls, with one argument or none, as long as this lives.
pub type Callback = Closure<dyn FnMut(JsValue)>;

/// A callback.
#[must_use]
pub fn callback(run: Box<dyn FnMut(JsValue)>) -> Callback {
    Closure::wrap(run)
}

/// A callback that is called once.
#[must_use]
pub fn once(run: Box<dyn FnOnce(JsValue)>) -> JsValue {
    Closure::once_into_js(run)
}

/// Runs this at the end of the task.
pub fn soon(run: Box<dyn FnOnce()>) {
    queue_microtask(&once(Box::new(move |_| run())));
}

/// What JavaScript has begun, until this is dropped: the function that ends it.
pub struct Stop(Function);

impl Stop {
    /// By this function.
    #[must_use]
    pub const fn by(end: Function) -> Self {
        Self(end)
    }
}

impl Drop for Stop {
    fn drop(&mut self) {
        let _ = self.0.call0(&JsValue::UNDEFINED);
    }
}

/// A call after some time.
pub struct Timer {
    id: i32,
    _run: Callback,
}

impl Timer {
    /// Runs once after `ms` milliseconds, at most about 24 days.
    #[must_use]
    pub fn after(ms: u64, mut run: Box<dyn FnMut()>) -> Self {
        let run = callback(Box::new(move |_| run()));
        let id = set_timeout(run.as_ref(), ms.min(i32::MAX as u64) as f64);
        Self { id, _run: run }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        clear_timeout(self.id);
    }
}

/// An event listener.
pub struct Listener {
    target: EventTarget,
    name: &'static str,
    run: Callback,
}

impl Listener {
    /// Listens from now on. The argument is the event.
    #[must_use]
    pub fn new(target: EventTarget, name: &'static str, run: Box<dyn FnMut(JsValue)>) -> Self {
        let run = callback(run);
        target.unchecked_ref::<Hands>().listen(name, run.as_ref());
        Self { target, name, run }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let target: &Hands = self.target.unchecked_ref();
        target.ignore(self.name, self.run.as_ref());
    }
}

/// A key's value; `undefined` when there is none.
#[must_use]
pub fn get(object: &JsValue, key: &str) -> JsValue {
    js_sys::Reflect::get(object, &key.into()).unwrap_or_default()
}

/// A key's list of anything; empty when there is none.
#[must_use]
pub fn list(object: &JsValue, key: &str) -> Array {
    let list = get(object, key);
    if list.is_truthy() {
        Array::from(&list)
    } else {
        Array::new()
    }
}

/// A key's text; none when it is empty or something else.
#[must_use]
pub fn text(object: &JsValue, key: &str) -> Option<String> {
    get(object, key).as_string().filter(|text| !text.is_empty())
}
