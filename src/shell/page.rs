//! What the page and the device tell: seen or hidden, online or not, leaving
//! and coming back.

use std::rc::Rc;

use concierge_core::{Input, Page};
use wasm_bindgen::prelude::*;
use web_sys::{Document, Event, EventTarget, PageTransitionEvent, VisibilityState, Window};

/// Listens as long as it lives.
pub struct PageWatch {
    _listeners: [Listener; 5],
}

impl PageWatch {
    /// Begins to listen. `None` where there is no window.
    pub fn start(heard: &Rc<dyn Fn(Input)>) -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        let tell = |page| {
            let heard = Rc::clone(heard);
            move |_: Event| heard(Input::Page(page))
        };
        let seen = {
            let (heard, document) = (Rc::clone(heard), document.clone());
            move |_: Event| heard(Input::Page(visibility(&document)))
        };
        let shown = {
            let heard = Rc::clone(heard);
            move |event: Event| {
                let event = event.dyn_into::<PageTransitionEvent>();
                if event.is_ok_and(|event| event.persisted()) {
                    heard(Input::Page(Page::Restored));
                }
            }
        };
        Some(Self {
            _listeners: [
                Listener::add(&document, "visibilitychange", seen),
                Listener::add(&window, "online", tell(Page::Online)),
                Listener::add(&window, "offline", tell(Page::Offline)),
                Listener::add(&window, "pageshow", shown),
                Listener::add(&window, "pagehide", tell(Page::Leaving)),
            ],
        })
    }
}

/// What a session must know before it starts, where that is not the usual.
#[must_use]
pub fn at_start() -> Vec<Page> {
    let window = web_sys::window();
    let offline = |window: &Window| !window.navigator().on_line();
    let hidden = |window: &Window| {
        let document = window.document();
        document.is_some_and(|document| visibility(&document) == Page::Hidden)
    };
    let mut pages = Vec::new();
    if window.as_ref().is_some_and(offline) {
        pages.push(Page::Offline);
    }
    if window.as_ref().is_some_and(hidden) {
        pages.push(Page::Hidden);
    }
    pages
}

fn visibility(document: &Document) -> Page {
    if document.visibility_state() == VisibilityState::Hidden {
        Page::Hidden
    } else {
        Page::Visible
    }
}

/// An event listener that is removed when this is dropped.
struct Listener {
    target: EventTarget,
    name: &'static str,
    heard: Closure<dyn FnMut(Event)>,
}

impl Listener {
    fn add(target: &EventTarget, name: &'static str, heard: impl FnMut(Event) + 'static) -> Self {
        let heard = Closure::<dyn FnMut(Event)>::new(heard);
        let _ = target.add_event_listener_with_callback(name, heard.as_ref().unchecked_ref());
        Self {
            target: target.clone(),
            name,
            heard,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self
            .target
            .remove_event_listener_with_callback(self.name, self.heard.as_ref().unchecked_ref());
    }
}
