//! What views need of the browser beside elements. Each of these undoes itself
//! when it is dropped; kept by [`keep`], it lives as long as the view.

use concierge_core::text::digits;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::{Element, Event, EventTarget, FocusEvent, HtmlElement, Node, ResizeObserver};

use super::el::{El, el};
use super::live::Held;

/// A call after some time.
pub(super) struct Timer {
    id: i32,
    _run: Closure<dyn FnMut()>,
}

impl Timer {
    /// Calls `run` once after `ms` milliseconds.
    pub(super) fn after(ms: u64, run: Box<dyn FnMut()>) -> Self {
        let run = Closure::wrap(run);
        let id = window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(
                run.as_ref().unchecked_ref(),
                i32::try_from(ms).unwrap_or(i32::MAX),
            )
            .unwrap_or_default();
        Self { id, _run: run }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        window().clear_timeout_with_handle(self.id);
    }
}

/// A listener.
pub(super) struct Listener {
    target: EventTarget,
    name: &'static str,
    run: Closure<dyn FnMut(Event)>,
}

impl Listener {
    pub(super) fn new(target: EventTarget, name: &'static str, run: Box<dyn FnMut(Event)>) -> Self {
        let run = Closure::wrap(run);
        // It fails only for a callback that is none.
        let _ = target.add_event_listener_with_callback(name, run.as_ref().unchecked_ref());
        Self { target, name, run }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .target
            .remove_event_listener_with_callback(self.name, self.run.as_ref().unchecked_ref());
    }
}

/// A watch over the sizes of elements.
pub(super) struct Resizes {
    observer: Option<ResizeObserver>,
    _run: Closure<dyn FnMut()>,
}

impl Resizes {
    /// Calls `run` after layout and before paint whenever one of them changed.
    pub(super) fn new(elements: &[&Element], run: Box<dyn FnMut()>) -> Self {
        let run = Closure::wrap(run);
        let observer = ResizeObserver::new(run.as_ref().unchecked_ref()).ok();
        if let Some(observer) = &observer {
            for element in elements {
                observer.observe(element);
            }
        }
        Self {
            observer,
            _run: run,
        }
    }
}

impl Drop for Resizes {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.disconnect();
        }
    }
}

/// Keeps `guard` until the view that is being built is gone, or the effect
/// that is running runs again.
pub(super) fn keep<T: 'static>(guard: T) {
    Held::new(guard);
}

/// Milliseconds on the clock that deadlines are told by.
pub(super) fn now() -> u64 {
    window().performance().map_or(0, |clock| clock.now() as u64)
}

/// The event's target as an element.
pub(super) fn target(event: &Event) -> Option<HtmlElement> {
    event.target()?.dyn_into().ok()
}

/// A property of a JavaScript object; `undefined` when there is none.
pub(super) fn get(object: &JsValue, name: &str) -> JsValue {
    js_sys::Reflect::get(object, &name.into()).unwrap_or_default()
}

/// Whether a `focusout` or a `dragleave` goes out of the element, and not only
/// from one of its children to another.
pub(super) fn leaves(element: &HtmlElement, event: &Event) -> bool {
    let next = event.unchecked_ref::<FocusEvent>().related_target();
    let next = next.as_ref().and_then(|next| next.dyn_ref::<Node>());
    !element.contains(next)
}

/// Focuses an element that is drawn. A failure to do so is no failure.
pub(super) fn focus(element: &HtmlElement) {
    let _ = element.focus();
}

/// Focuses an element that is about to be drawn.
pub(super) fn focus_soon(element: &HtmlElement) {
    let element = element.clone();
    soon(Box::new(move || focus(&element)));
}

/// Runs this when what is being built is drawn.
pub(super) fn soon(run: Box<dyn FnOnce()>) {
    queue_microtask(&Closure::once_into_js(run));
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = queueMicrotask)]
    fn queue_microtask(run: &JsValue);
}

/// Sets a custom property in CSS px, through the CSSOM, which a strict policy
/// allows.
pub(super) fn set_px(element: &HtmlElement, name: &str, px: i32) {
    let _ = element
        .style()
        .set_property(name, &[&digits(px), "px"].concat());
}

/// A button: its class, and what it does.
pub(super) fn button(class: &str, run: impl Fn() + 'static) -> El {
    button_boxed(class, Box::new(move |_| run()))
}

fn button_boxed(class: &str, run: Box<dyn FnMut(Event)>) -> El {
    el("button", class)
        .with("type", "button")
        .on_boxed("click", run)
}

/// A link that leaves the page.
pub(super) fn link(class: &str, url: &str) -> El {
    el("a", class)
        .with("href", url)
        .with("target", "_blank")
        .with("rel", "noopener noreferrer")
}
