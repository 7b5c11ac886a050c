//! The panel: a dialog with the header, the log, and what stands below it;
//! and beside it the announcer, which speaks even while the panel is closed.

use concierge_core::Action;
use leptos::prelude::*;
use leptos::{ev, html};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::announcer::announcer;
use super::banner::banner;
use super::composer::composer;
use super::desk::Desk;
use super::dom::{self, Listener};
use super::header::header;
use super::log::log;
use super::notices::{empty, ended, notice, problem};

/// Everything that is mounted.
pub(super) fn panel(desk: Desk) -> AnyView {
    let signals = desk.signals;
    let panel = NodeRef::<html::Div>::new();
    let field = NodeRef::<html::Textarea>::new();
    // Whether the visitor is asked to confirm the end of the chat.
    let ending = RwSignal::new(false);

    Effect::new(move |was_open: Option<bool>| {
        let open = signals.open.get();
        let Some(panel) = panel.get() else {
            return open;
        };
        let _ = panel.set_attribute("data-open", if open { "true" } else { "false" });
        if open && was_open != Some(true) && !desk.inline() {
            focus_first(&panel, field);
        }
        if !open {
            ending.set(false);
        }
        open
    });
    // A phone's keyboard covers the page without making it smaller.
    Effect::new(move |_| {
        if let (true, Some(panel)) = (signals.open.get() && !desk.inline(), panel.get()) {
            follow_viewport(panel.into());
        }
    });

    let dialog = html::div()
        .class("panel")
        .attr("part", "panel")
        .attr("role", "dialog")
        .attr("aria-label", desk.title())
        .attr("tabindex", "-1")
        .attr("data-inline", desk.inline().then_some(""))
        .node_ref(panel)
        .on(ev::keydown, move |event| {
            if event.key() == "Escape" && !event.is_composing() {
                event.stop_propagation();
                if ending.get_untracked() {
                    ending.set(false);
                } else {
                    desk.close();
                }
            }
        })
        .child(header(desk, ending))
        .child(confirm(desk, ending))
        .child(
            html::div()
                .class("stage")
                .child(log(desk))
                .child(empty(desk))
                .child(banner(desk)),
        )
        .child(notice(desk))
        .child(problem(desk))
        .child(ended(desk))
        .child(composer(desk, field));
    (dialog, announcer(desk)).into_any()
}

/// "End this chat?" with its two answers, below the header.
fn confirm(desk: Desk, ending: RwSignal<bool>) -> AnyView {
    let bar = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let button = bar
            .get()
            .and_then(|bar| bar.query_selector("button").ok().flatten());
        if let Some(button) = button {
            dom::focus(button.unchecked_ref());
        }
    });
    let view = move || {
        ending.get().then(|| {
            let end = move || {
                ending.set(false);
                desk.dispatch(Action::EndConversation);
            };
            html::div()
                .class("confirm")
                .attr("role", "group")
                .attr("aria-label", desk.texts.end_question)
                .node_ref(bar)
                .child(html::span().child(desk.texts.end_question))
                .child(dom::button(
                    "text-button",
                    desk.texts.cancel,
                    Box::new(move || ending.set(false)),
                ))
                .child(dom::button(
                    "text-button danger",
                    desk.texts.end_chat,
                    Box::new(end),
                ))
        })
    };
    view.into_any()
}

/// To the composer; where there is none, to the button that leads on.
fn focus_first(panel: &HtmlElement, field: NodeRef<html::Textarea>) {
    if let Some(field) = field.get_untracked()
        && field.offset_parent().is_some()
    {
        dom::focus(&field);
        return;
    }
    let button = panel.query_selector(".ended .button").ok().flatten();
    let target = button.and_then(|button| button.dyn_into().ok());
    dom::focus(target.as_ref().unwrap_or(panel));
}

/// Tells the style sheet where the visible part of the page is, while the
/// panel is open.
fn follow_viewport(panel: HtmlElement) {
    let Some(viewport) = window().visual_viewport() else {
        return;
    };
    let seen = viewport.clone();
    let measure = move || {
        let style = panel.style();
        for (name, px) in [
            ("--_visible-height", seen.height()),
            ("--_visible-top", seen.offset_top()),
        ] {
            let mut value = px.to_string();
            value.push_str("px");
            let _ = style.set_property(name, &value);
        }
    };
    measure();
    for name in ["resize", "scroll"] {
        let measure = measure.clone();
        dom::keep(Listener::new(
            viewport.clone().into(),
            name,
            Box::new(move |_| measure()),
        ));
    }
}
