//! What the visitor has seen of the other side's messages: half of each, or
//! as much of a long one as fills half the log, in an open panel on a page
//! that has the focus.
//!
//! Each is told once. When the visitor comes back, what stands there unseen is
//! told again: the server may not have heard of it.

use std::cell::RefCell;
use std::rc::Rc;

use concierge_core::{Action, Key, Row, RowState};
use js_sys::{Array, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, IntersectionObserver, IntersectionObserverInit};

use super::desk::Desk;
use super::dom::{self, Listener, Timer};
use super::el::react;

/// So long something stands still before it counts as seen, in ms.
const GLANCE: u64 = 100;

/// The watch over one log. A clone is the same watch.
#[derive(Clone)]
pub(super) struct Watch {
    sight: Rc<Sight>,
    observer: IntersectionObserver,
}

/// What is known of the rows.
struct Sight {
    desk: Desk,
    log: HtmlElement,
    rows: RefCell<Vec<Watched>>,
    timer: RefCell<Option<Timer>>,
}

/// A message that the visitor has not seen.
struct Watched {
    key: Key,
    node: HtmlElement,
    row: ArcRwSignal<Row>,
    in_sight: bool,
    told: bool,
}

impl Watch {
    /// Watches the messages of `log` until the view is gone. `None` where the
    /// back end does not want to know.
    pub(super) fn over(desk: Desk, log: &HtmlElement) -> Option<Self> {
        if !desk.traits().seen {
            return None;
        }
        let sight = Rc::new(Sight {
            desk,
            log: log.clone(),
            rows: RefCell::default(),
            timer: RefCell::default(),
        });
        let changed = Rc::clone(&sight);
        let run: Box<dyn FnMut(JsValue)> = Box::new(move |entries| changed.look(&entries));
        let run = Closure::wrap(run);
        // Steps of a hundredth, so that half a log is noticed in a message of
        // fifty logs.
        let steps: Array = (0..=100)
            .map(|step| JsValue::from(f64::from(step) / 100.0))
            .collect();
        let options = Object::new();
        let _ = Reflect::set(&options, &"threshold".into(), &steps);
        let observer = IntersectionObserver::new_with_options(
            run.as_ref().unchecked_ref(),
            options.unchecked_ref::<IntersectionObserverInit>(),
        )
        .ok()?;
        let watch = Self { sight, observer };
        dom::keep(Observing(watch.clone(), run));
        for (target, name) in [
            (window().into(), "focus"),
            (document().into(), "visibilitychange"),
        ] {
            let sight = Rc::clone(&watch.sight);
            let back = move |_| sight.look_again();
            dom::keep(Listener::new(target, name, Box::new(back)));
        }
        let opened = Rc::clone(&watch.sight);
        react(move || {
            if desk.signals.open.get() {
                opened.look_again();
            }
        });
        Some(watch)
    }

    /// Watches one message until its row is gone.
    pub(super) fn add(&self, key: Key, node: &HtmlElement, row: ArcRwSignal<Row>) {
        if row.with_untracked(|row| row.state != RowState::Received) {
            return;
        }
        self.sight.rows.borrow_mut().push(Watched {
            key,
            node: node.clone(),
            row,
            in_sight: false,
            told: false,
        });
        self.observer.observe(node);
        dom::keep(Gone(self.clone(), key));
    }
}

impl Sight {
    /// Takes in what the observer has noticed: `IntersectionObserverEntry`s.
    fn look(self: &Rc<Self>, entries: &JsValue) {
        let room = self.log.client_height();
        for entry in Array::from(entries).iter() {
            let node = dom::get(&entry, "target");
            let shown = dom::get(&dom::get(&entry, "intersectionRect"), "height");
            let shown = shown.as_f64().unwrap_or_default();
            let mut rows = self.rows.borrow_mut();
            let is_it = |row: &&mut Watched| row.node.is_same_node(Some(node.unchecked_ref()));
            if let Some(row) = rows.iter_mut().find(is_it) {
                let whole = f64::from(row.node.offset_height().min(room));
                row.in_sight = shown > 0.0 && shown * 2.0 >= whole;
            }
        }
        self.tell_soon();
    }

    /// The visitor is back.
    fn look_again(self: &Rc<Self>) {
        for row in self.rows.borrow_mut().iter_mut() {
            row.told = false;
        }
        self.tell_soon();
    }

    /// When nothing moves: the log may be about to find its place.
    fn tell_soon(self: &Rc<Self>) {
        let sight = Rc::clone(self);
        let timer = Timer::after(GLANCE, Box::new(move || sight.tell()));
        self.timer.replace(Some(timer));
    }

    fn tell(&self) {
        let is_looked_at =
            self.desk.signals.open.get_untracked() && document().has_focus() == Ok(true);
        if !is_looked_at {
            return;
        }
        let mut seen = Vec::new();
        for row in self.rows.borrow_mut().iter_mut() {
            let unseen = || {
                row.row
                    .with_untracked(|row| row.state == RowState::Received)
            };
            if row.in_sight && !row.told && unseen() {
                row.told = true;
                seen.push(row.key);
            }
        }
        for key in seen {
            self.desk.dispatch(Action::Saw(key));
        }
    }
}

/// Ends the watch.
struct Observing(
    Watch,
    #[expect(dead_code, reason = "kept")] Closure<dyn FnMut(JsValue)>,
);

impl Drop for Observing {
    fn drop(&mut self) {
        self.0.observer.disconnect();
        self.0.sight.timer.take();
    }
}

/// Ends the watch over one message.
struct Gone(Watch, Key);

impl Drop for Gone {
    fn drop(&mut self) {
        let Self(watch, key) = self;
        watch.sight.rows.borrow_mut().retain(|row| {
            if row.key == *key {
                watch.observer.unobserve(&row.node);
            }
            row.key != *key
        });
    }
}
