//! The panel: a dialog with the header, the log, and what stands below it;
//! and beside it the announcer, which speaks even while the panel is closed.

use std::rc::Rc;

use concierge_core::Action;
use wasm_bindgen::JsCast;
use web_sys::{HtmlDialogElement, HtmlElement, KeyboardEvent};

use super::announcer::announcer;
use super::banner::banner;
use super::composer::composer;
use super::desk::Desk;
use super::dom::{self, Listener};
use super::el::{El, el, react};
use super::files::drop_zone;
use super::header::header;
use super::live::Live;
use super::log::log;
use super::notices::{empty, notices};
use super::rooms::{keep_focus, rooms};
use super::typing::typing;
use crate::system::ROOMS;

/// Draws everything into `container`, until the owner of the moment goes.
pub(super) fn panel(desk: Desk, container: &HtmlElement) {
    // Whether the visitor is asked to confirm the end of the chat.
    let ending = Live::new(false);
    let dialog = el("div", "panel")
        .with("part", "panel")
        .with("role", "dialog")
        .with("aria-label", &desk.title())
        .with("tabindex", "-1")
        .on_key(move |event| on_key(desk, ending, event));
    let (composer, field) = composer(desk);
    if ROOMS {
        let (around, inside) = (dialog.node().clone(), field.clone());
        let lead = Rc::new(move || focus_first(&around, &inside));
        keep_focus(desk, dialog.node(), lead);
    }
    let dialog = dialog.child(header(desk, ending));
    dialog.flag("data-inline", desk.inline());
    let stage = log(desk, el("div", "stage"));
    let stage = banner(desk, rooms(desk, typing(desk, empty(desk, stage))));
    let dialog = notices(desk, confirm(desk, ending, dialog).child(stage)).child(composer);
    let dialog = drop_zone(desk, dialog);
    let drawn = Drawn([dialog.clone(), announcer(desk)]);
    for part in &drawn.0 {
        let _ = container.append_child(part.node());
    }
    dom::keep(drawn);

    let mut was_open = false;
    react(move || {
        let open = desk.signals.open.get();
        let panel = dialog.node();
        dialog.put("data-open", Some(if open { "true" } else { "false" }));
        if open && !desk.inline() {
            follow_viewport(panel);
            if !was_open {
                focus_first(panel, &field);
            }
        }
        if !open {
            ending.set(false);
            // A picture in full would stay over the page without a panel.
            if let Ok(Some(viewer)) = panel.query_selector("dialog") {
                viewer.unchecked_ref::<HtmlDialogElement>().close();
            }
        }
        was_open = open;
    });
}

/// What stands in the container, to be taken out again.
struct Drawn([El; 2]);

impl Drop for Drawn {
    fn drop(&mut self) {
        for part in &self.0 {
            part.node().remove();
        }
    }
}

/// Escape answers the question first, if there is one, and then closes.
fn on_key(desk: Desk, ending: Live<bool>, event: &KeyboardEvent) {
    if event.key() == "Escape" && !dom::is_held(event) {
        event.stop_propagation();
        if ending.get_untracked() {
            ending.set(false);
        } else {
            desk.close();
        }
    }
}

/// "End this chat?" with its two answers, below the header.
fn confirm(desk: Desk, ending: Live<bool>, dialog: El) -> El {
    dialog.when(
        move || ending.get(),
        move || {
            let end = move || {
                ending.set(false);
                desk.dispatch(Action::EndConversation);
            };
            let cancel =
                dom::button("text-button", move || ending.set(false)).text(desk.texts.cancel);
            dom::focus_soon(cancel.node());
            el("div", "confirm")
                .with("role", "group")
                .with("aria-label", desk.texts.end_question)
                .child(el("span", "").text(desk.texts.end_question))
                .child(cancel)
                .child(dom::button("text-button danger", end).text(desk.texts.end_chat))
        },
    )
}

/// To the composer; where there is none, to the list of conversations, or to
/// the button that leads on.
fn focus_first(panel: &HtmlElement, field: &HtmlElement) {
    if field.offset_parent().is_some() {
        dom::focus(field);
        return;
    }
    let ways = if ROOMS {
        ".ended .button, .room, .rooms-start .button"
    } else {
        ".ended .button"
    };
    let button = panel.query_selector(ways).ok().flatten();
    let target = button.map(JsCast::unchecked_into);
    dom::focus(target.as_ref().unwrap_or(panel));
}

/// Tells the style sheet where the visible part of the page is, while the
/// panel is open: a phone's keyboard covers the page without resizing it.
fn follow_viewport(panel: &HtmlElement) {
    let Some(viewport) = dom::window().visual_viewport() else {
        return;
    };
    let (seen, panel) = (viewport.clone(), panel.clone());
    let measure = move || {
        dom::set_px(&panel, "--_visible-height", seen.height() as i32);
        dom::set_px(&panel, "--_visible-top", seen.offset_top() as i32);
    };
    measure();
    for name in ["resize", "scroll"] {
        let measure = measure.clone();
        let viewport = viewport.clone().into();
        dom::keep(Listener::new(viewport, name, Box::new(move |_| measure())));
    }
}
