//! The log of messages: the list, moving in it by keys, and the way back to
//! its end.

use concierge_core::Older;
use leptos::prelude::*;
use leptos::{ev, html};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use super::desk::Desk;
use super::dom;
use super::icons::{self, icon};
use super::message::message;
use super::scroll::Scroller;

/// The log and the button that leads to its end.
pub(super) fn log(desk: Desk) -> AnyView {
    let signals = desk.signals;
    let log = NodeRef::<html::Div>::new();
    let list = NodeRef::<html::Div>::new();
    let scroller = StoredValue::new_local(None::<Rc<Scroller>>);
    let scrolled = move || scroller.try_get_value().flatten();
    Effect::new(move |_| {
        if let (Some(log), Some(list)) = (log.get(), list.get()) {
            scroller.set_value(Some(Scroller::attach(desk, log.into(), list.into())));
        }
    });
    Effect::new(move |_| {
        let open = signals.open.get();
        let divided = signals.divided.get();
        if let (true, Some(scroller)) = (open, scrolled()) {
            scroller.restore();
            if divided {
                scroller.show_divider();
            }
        }
    });
    Effect::new(move |_| {
        if let (Older::More, Some(scroller)) = (signals.older.get(), scrolled()) {
            scroller.ask_for_older();
        }
    });
    let rows = For(ForProps::builder()
        .each(move || signals.lines.get())
        .key(|line| line.key)
        .children(move |line| message(desk, line))
        .build());
    let loading = move || {
        (signals.older.get() == Older::Loading && signals.lines.with(|lines| !lines.is_empty()))
            .then(|| html::div().class("loading").child(desk.texts.loading_older))
    };
    (
        html::div()
            .class("log")
            .attr("part", "log")
            .attr("role", "log")
            .attr("aria-label", desk.texts.messages)
            .attr("aria-live", "off")
            .attr("tabindex", "0")
            .node_ref(log)
            .on(ev::scroll, move |_| {
                if let Some(scroller) = scrolled() {
                    scroller.on_scroll();
                }
            })
            .on(ev::keydown, move |event| on_key(&event))
            .on(ev::focusin, move |event| {
                if let Some(message) = dom::target(&event).and_then(|target| message_of(&target)) {
                    rove(&message);
                }
            })
            .child(html::div().class("list").node_ref(list).child(rows)),
        loading,
        jump(
            desk,
            Rc::new(move || {
                if let Some(scroller) = scrolled() {
                    scroller.jump();
                }
            }),
        ),
    )
        .into_any()
}

/// The button that stands over the log while it does not follow its end.
fn jump(desk: Desk, run: Rc<dyn Fn()>) -> AnyView {
    let signals = desk.signals;
    let run = StoredValue::new_local(run);
    let hidden = Memo::new(move |_| signals.stuck.get() || signals.lines.with(Vec::is_empty));
    let view = move || {
        (!hidden.get()).then(|| {
            html::button()
                .attr("type", "button")
                .class("jump")
                .attr("part", "jump")
                .attr("aria-label", desk.texts.jump)
                .on(ev::click, move |_| {
                    if let Some(run) = run.try_get_value() {
                        run();
                    }
                })
                .child(icon(icons::DOWN))
                .child(move || {
                    let below = signals.below.get();
                    (below > 0).then(|| html::span().class("count").child(below.to_string()))
                })
        })
    };
    view.into_any()
}

/// Up and down between messages, Home and End to the first and the last.
fn on_key(event: &KeyboardEvent) {
    let Some(target) = dom::target(event) else {
        return;
    };
    let here = message_of(&target);
    // Keys in a film or on a button are theirs.
    let ours = match &here {
        Some(message) => target.is_same_node(Some(message)),
        None => target.get_attribute("role").as_deref() == Some("log"),
    };
    if !ours || event.ctrl_key() || event.alt_key() || event.meta_key() {
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
    if let Ok(Some(old)) = list.query_selector("article[tabindex='0']") {
        let _ = old.set_attribute("tabindex", "-1");
    }
    let _ = message.set_attribute("tabindex", "0");
}

fn message_of(element: &HtmlElement) -> Option<HtmlElement> {
    element.closest("article").ok()??.dyn_into().ok()
}

fn message_in(line: &Element) -> Option<HtmlElement> {
    line.query_selector("article").ok()??.dyn_into().ok()
}
