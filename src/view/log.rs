//! The log of messages: the list, moving in it by keys, and the way back to
//! its end.

use std::rc::Rc;

use concierge_core::Older;
use concierge_core::text::digits;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::desk::Desk;
use super::dom::{self, Timer};
use super::el::{El, el, react};
use super::icons::{self, icon};
use super::message::message;
use super::scroll::Scroller;
use super::seen::Watch;
use crate::system::ROOMS;

/// Puts the log into `stage`, and over it the button that leads to its end.
pub(super) fn log(desk: Desk, stage: El) -> El {
    let signals = desk.signals;
    let log = el("div", "log");
    let watch = Watch::over(desk, log.node());
    let watching = Rc::clone(&watch);
    let list = el("div", "list").list(
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
    let log = log
        .with("part", "log")
        .with("role", "log")
        .with("aria-label", desk.texts.messages)
        .with("aria-live", "off")
        .with("tabindex", "0")
        .child(list.clone());
    if ROOMS {
        let hidden = log.clone();
        react(move || hidden.flag("hidden", signals.is_listing()));
    }
    let scroller = Scroller::attach(desk, log.node().clone(), list.node().clone());
    let scrolled = Rc::clone(&scroller);
    let log = log
        .on("scroll", move |_| scrolled.on_scroll())
        .on_key(on_key)
        .on("focusin", |event| {
            if let Some(message) = dom::target(&event).and_then(|target| message_of(&target)) {
                rove(&message);
            }
        });
    let loading = move || {
        signals.older.get() == Older::Loading && signals.lines.with(|lines| !lines.is_empty())
    };
    let shown = Rc::clone(&scroller);
    react(move || {
        if signals.open.get() {
            let divided = signals.divided.get();
            let (shown, watch) = (Rc::clone(&shown), Rc::clone(&watch));
            // The rows of this moment are drawn by effects of their own.
            let place = move || {
                shown.restore();
                if divided {
                    shown.show_divider();
                }
                watch.look_again();
            };
            dom::keep(Timer::after(0, Box::new(place)));
        }
    });
    let asking = Rc::clone(&scroller);
    react(move || {
        if signals.older.get() == Older::More {
            asking.ask_for_older();
        }
    });
    let stage = stage.child(log).when(loading, move || {
        el("div", "loading").text(desk.texts.loading_older)
    });
    jump(desk, stage, scroller)
}

/// The button that stands over the log while it does not follow its end.
fn jump(desk: Desk, stage: El, scroller: Rc<Scroller>) -> El {
    let signals = desk.signals;
    stage.when(
        move || {
            !signals.stuck.get()
                && !signals.is_listing()
                && signals.lines.with(|lines| !lines.is_empty())
        },
        move || {
            let scroller = Rc::clone(&scroller);
            dom::button("jump", move || scroller.jump())
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

/// Up and down between messages, Home and End to the first and the last.
fn on_key(event: &KeyboardEvent) {
    let Some(target) = dom::target(event) else {
        return;
    };
    let here = message_of(&target);
    // Keys in a film or on a button are theirs.
    let ours = match &here {
        Some(message) => target == *message,
        None => target.get_attribute("role").as_deref() == Some("log"),
    };
    if !ours || dom::is_held(event) {
        return;
    }
    let log = target.closest(".log").ok().flatten();
    let edge = |last: bool| {
        let list = log.as_ref()?.first_element_child()?;
        let line = if last {
            list.last_element_child()
        } else {
            list.first_element_child()
        };
        message_in(&line?)
    };
    let beside = |step: fn(&Element) -> Option<Element>| match &here {
        Some(message) => message_in(&step(&message.parent_element()?)?),
        None => edge(true),
    };
    let next = match event.key().as_str() {
        "ArrowUp" => beside(Element::previous_element_sibling),
        "ArrowDown" => beside(Element::next_element_sibling),
        "Home" => edge(false),
        "End" => edge(true),
        _ => return,
    };
    event.prevent_default();
    if let Some(next) = next {
        dom::focus(&next);
    }
}

/// Lets the Tab key come back to this message, and to no other.
fn rove(message: &HtmlElement) {
    let Ok(Some(list)) = message.closest(".list") else {
        return;
    };
    if let Ok(Some(old)) = list.query_selector(".message[tabindex='0']") {
        set_stop(&old, "-1");
    }
    set_stop(message, "0");
}

/// A message is a stop of the Tab key together with its menu's button.
fn set_stop(message: &Element, stop: &str) {
    let _ = message.set_attribute("tabindex", stop);
    if let Ok(Some(button)) = message.query_selector(".more") {
        let _ = button.set_attribute("tabindex", stop);
    }
}

fn message_of(element: &HtmlElement) -> Option<HtmlElement> {
    Some(element.closest(".message").ok()??.unchecked_into())
}

fn message_in(line: &Element) -> Option<HtmlElement> {
    Some(line.query_selector(".message").ok()??.unchecked_into())
}
