//! What the page and the device tell: seen or hidden, online or not, leaving
//! and coming back.

use std::rc::Rc;

use concierge_core::{Input, Page};
use wasm_bindgen::prelude::*;
use web_sys::{PageTransitionEvent, VisibilityState};

use crate::browser::{Listener, document, window};

/// Listens as long as it lives.
pub struct PageWatch {
    _listeners: [Listener; 5],
}

impl PageWatch {
    /// Begins to listen.
    #[must_use]
    pub fn start(heard: &Rc<dyn Fn(Input)>) -> Self {
        let listen = |name, page: fn(&JsValue) -> Option<Page>| {
            let heard = Rc::clone(heard);
            let target = if name == SEEN {
                document().into()
            } else {
                window().into()
            };
            let told = move |event| {
                if let Some(page) = page(&event) {
                    heard(Input::Page(page));
                }
            };
            Listener::new(target, name, Box::new(told))
        };
        Self {
            _listeners: [
                listen(SEEN, |_| Some(visibility())),
                listen("online", |_| Some(Page::Online)),
                listen("offline", |_| Some(Page::Offline)),
                listen("pageshow", |event| {
                    let event: &PageTransitionEvent = event.unchecked_ref();
                    event.persisted().then_some(Page::Restored)
                }),
                listen("pagehide", |_| Some(Page::Leaving)),
            ],
        }
    }
}

/// The event that pages have and windows have not.
const SEEN: &str = "visibilitychange";

/// What a session must know before it starts, where that is not the usual.
#[must_use]
pub fn at_start() -> Vec<Page> {
    let mut pages = Vec::new();
    if !window().navigator().on_line() {
        pages.push(Page::Offline);
    }
    if visibility() == Page::Hidden {
        pages.push(Page::Hidden);
    }
    pages
}

fn visibility() -> Page {
    if document().visibility_state() == VisibilityState::Hidden {
        Page::Hidden
    } else {
        Page::Visible
    }
}
