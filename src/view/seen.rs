//! What the visitor has seen of the other side's messages: half of each, or
//! as much of a long one as fills half the log, in an open panel on a page
//! that has the focus.
//!
//! Each is told once. When the visitor comes back, what stands there unseen is
//! told again: the server may not have heard of it.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use concierge_core::{Action, Key, Row, RowState};
use js_sys::{Array, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, IntersectionObserver, IntersectionObserverInit, VisibilityState};

use crate::browser::{Callback, callback};

use super::desk::Desk;
use super::dom::{self, Listener};
use super::live::Told;

/// The watch over one log.
pub(super) struct Watch {
    desk: Desk,
    log: HtmlElement,
    observer: OnceCell<IntersectionObserver>,
    /// The messages that the visitor has not seen. Those that were told are
    /// not observed until the visitor comes back.
    unseen: RefCell<Vec<Unseen>>,
}

struct Unseen {
    key: Key,
    node: HtmlElement,
    row: Rc<Told<Row>>,
}

impl Watch {
    /// Watches the messages of `log` until the view is gone, where the back
    /// end wants to know.
    pub(super) fn over(desk: Desk, log: &HtmlElement) -> Rc<Self> {
        let watch = Rc::new(Self {
            desk,
            log: log.clone(),
            observer: OnceCell::new(),
            unseen: RefCell::default(),
        });
        if desk.traits().seen {
            let changed = Rc::clone(&watch);
            let run = callback(Box::new(move |entries| changed.look(&entries)));
            if let Some(observer) = observer(run.as_ref()) {
                let _ = watch.observer.set(observer.clone());
                dom::keep(Observing(observer, run));
            }
            for (target, name) in [
                (dom::window().into(), "focus"),
                (dom::document().into(), "visibilitychange"),
            ] {
                let back = Rc::clone(&watch);
                let back = move |_| back.look_again();
                dom::keep(Listener::new(target, name, Box::new(back)));
            }
        }
        watch
    }

    /// Watches one message until it is seen or its row is gone.
    pub(super) fn add(&self, key: Key, node: &HtmlElement, row: Rc<Told<Row>>) {
        if let Some(observer) = self.observer.get() {
            observer.observe(node);
            let node = node.clone();
            self.unseen.borrow_mut().push(Unseen { key, node, row });
        }
    }

    /// The visitor is back: what is unseen is observed anew, from what is in
    /// sight at the next frame.
    pub(super) fn look_again(&self) {
        self.sift(true);
    }

    /// Lets go of rows that are seen or gone.
    fn sift(&self, anew: bool) {
        let Some(observer) = self.observer.get() else {
            return;
        };
        self.unseen.borrow_mut().retain(|unseen| {
            let stays = unseen.node.is_connected()
                && unseen
                    .row
                    .with_untracked(|row| row.state == RowState::Received);
            if anew || !stays {
                observer.unobserve(&unseen.node);
            }
            if anew && stays {
                observer.observe(&unseen.node);
            }
            stays
        });
    }

    /// What the observer has noticed: `IntersectionObserverEntry`s.
    fn look(&self, entries: &JsValue) {
        self.sift(false);
        let open = self.desk.signals.open.get_untracked();
        let page = dom::document();
        let hidden = page.visibility_state() == VisibilityState::Hidden;
        if !open || hidden || page.has_focus() != Ok(true) {
            return;
        }
        let room = self.log.client_height();
        let mut seen = Vec::new();
        for entry in Array::from(entries).iter() {
            let node: HtmlElement = dom::get(&entry, "target").unchecked_into();
            let shown = dom::get(&dom::get(&entry, "intersectionRect"), "height");
            let shown = shown.as_f64().unwrap_or_default() as i32;
            for unseen in self.unseen.borrow().iter() {
                let whole = unseen.node.offset_height().min(room);
                if shown > 0 && shown * 2 >= whole && unseen.node == node {
                    seen.push(unseen.key);
                    if let Some(observer) = self.observer.get() {
                        observer.unobserve(&unseen.node);
                    }
                }
            }
        }
        for key in seen {
            self.desk.dispatch(Action::Saw(key));
        }
    }
}

/// An observer of what is in sight, in steps of a hundredth: so half a log is
/// noticed in a message of fifty logs.
fn observer(run: &JsValue) -> Option<IntersectionObserver> {
    let steps = Array::new();
    for step in 0..=100 {
        steps.push(&(f64::from(step) / 100.0).into());
    }
    let options = Object::new();
    let _ = Reflect::set(&options, &"threshold".into(), &steps);
    let options: &IntersectionObserverInit = options.unchecked_ref();
    IntersectionObserver::new_with_options(run.unchecked_ref(), options).ok()
}

/// Ends the watch.
struct Observing(
    IntersectionObserver,
    #[expect(dead_code, reason = "kept")] Callback,
);

impl Drop for Observing {
    fn drop(&mut self) {
        self.0.disconnect();
    }
}
