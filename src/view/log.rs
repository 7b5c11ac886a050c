//! The log of messages, and the way back to its end. JavaScript scrolls it,
//! moves in it by keys and notices what is seen.

use std::rc::Rc;

use concierge_core::text::digits;
use concierge_core::{Action, Key, Older};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use super::desk::Desk;
use super::dom;
use super::el::{El, el, react};
use super::icons::{self, icon};
use super::message::message;
use crate::browser::{Callback, callback};
use crate::system::ROOMS;

/// Puts the log into `stage`, and over it the button that leads to its end.
pub(super) fn log(desk: Desk, stage: El) -> El {
    let signals = desk.signals;
    let list = el("div", "list");
    let log = el("div", "log")
        .with("part", "log")
        .with("role", "log")
        .with("aria-label", desk.texts.messages)
        .with("aria-live", "off")
        .with("tabindex", "0")
        .child(list.clone());
    let watch = Rc::new(Watch::over(desk, log.node(), list.node()));
    dom::keep(Rc::clone(&watch));
    let watching = Rc::clone(&watch);
    list.list(
        move || {
            signals
                .lines
                .with(|lines| lines.iter().map(|line| line.key.0).collect())
        },
        move |index| {
            let line = signals.lines.with_untracked(|lines| lines[index].clone());
            message(desk, line, &watching)
        },
    );
    if ROOMS {
        let hidden = log.clone();
        react(move || hidden.flag("hidden", signals.is_listing()));
    }
    let opened = Rc::clone(&watch);
    react(move || {
        if signals.open.get() {
            opened.hands.open(signals.divided.get());
        }
    });
    let asking = Rc::clone(&watch);
    react(move || {
        if signals.older.get() == Older::More {
            asking.hands.near();
        }
    });
    react(move || watch.hands.follow(signals.stuck.get()));
    let loading = move || {
        signals.older.get() == Older::Loading && signals.lines.with(|lines| !lines.is_empty())
    };
    let stage = stage.child(log).when(loading, move || {
        el("div", "loading").text(desk.texts.loading_older)
    });
    jump(desk, stage)
}

/// The button that stands over the log while it does not follow its end.
fn jump(desk: Desk, stage: El) -> El {
    let signals = desk.signals;
    stage.when(
        move || {
            !signals.stuck.get()
                && !signals.is_listing()
                && signals.lines.with(|lines| !lines.is_empty())
        },
        move || {
            dom::button("jump", move || signals.follow())
                .with("part", "jump")
                .with("aria-label", desk.texts.jump)
                .child(icon(icons::DOWN))
                .show(
                    move || Some(signals.below.get()).filter(|below| *below > 0),
                    |below| el("span", "count").text(&digits(*below)),
                )
        },
    )
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    #[wasm_bindgen(js_name = Log)]
    type Hands;
    #[wasm_bindgen(constructor, js_class = "Log")]
    fn new(log: &HtmlElement, list: &HtmlElement, seen: bool, tell: &JsValue) -> Hands;
    #[wasm_bindgen(method)]
    fn follow(this: &Hands, follows: bool);
    #[wasm_bindgen(method)]
    fn near(this: &Hands);
    #[wasm_bindgen(method)]
    fn open(this: &Hands, is_divided: bool);
    #[wasm_bindgen(method)]
    fn watch(this: &Hands, message: &HtmlElement);
    #[wasm_bindgen(method)]
    fn close(this: &Hands);
}

/// The watch over one log, until it is dropped.
pub(super) struct Watch {
    hands: Hands,
    _tell: Callback,
}

impl Watch {
    fn over(desk: Desk, log: &HtmlElement, list: &HtmlElement) -> Self {
        let signals = desk.signals;
        let tell = callback(Box::new(move |told| {
            if let Some(key) = told.as_f64() {
                desk.dispatch(Action::Saw(Key(key as u32)));
            } else if told.is_undefined() {
                if signals.open.get_untracked() && signals.older.get_untracked() == Older::More {
                    desk.dispatch(Action::LoadOlder);
                }
            } else if told.is_truthy() {
                signals.follow();
            } else {
                signals.stuck.set(false);
            }
        }));
        Self {
            hands: Hands::new(log, list, desk.traits().seen, tell.as_ref()),
            _tell: tell,
        }
    }

    /// Watches one message until it is seen or gone.
    pub(super) fn add(&self, message: &HtmlElement) {
        self.hands.watch(message);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.hands.close();
    }
}
