//! The panel: a dialog with the header, the log, and what stands below it;
//! and beside it the announcer, which speaks even while the panel is closed.

use concierge_core::Action;
use js_sys::Function;
use reactive_graph::graph::untrack;
use wasm_bindgen::prelude::*;
use web_sys::{HtmlElement, KeyboardEvent};

use super::announcer::announcer;
use super::banner::banner;
use super::composer::composer;
use super::desk::Desk;
use super::dom;
use super::el::{El, el, react};
use super::files::take_files;
use super::header::header;
use super::live::Live;
use super::log::log;
use super::notices::{empty, notices};
use super::rooms::rooms;
use super::typing::typing;
use crate::browser::Stop;
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
    if ROOMS && desk.traits().rooms {
        let panel = dialog.clone();
        let mut was = untrack(|| desk.signals.is_listing());
        react(move || {
            let is = desk.signals.is_listing();
            if std::mem::replace(&mut was, is) != is {
                let _ = keep_focus(panel.node(), is);
            }
        });
    }
    let dialog = dialog.child(header(desk, ending));
    dialog.flag("data-inline", desk.inline());
    let stage = log(desk, el("div", "stage"));
    let stage = banner(desk, rooms(desk, typing(desk, empty(desk, stage))));
    let dialog = notices(desk, confirm(desk, ending, dialog).child(stage)).child(composer(desk));
    take_files(desk, &dialog);
    let drawn = Drawn([dialog.clone(), announcer(desk)]);
    for part in &drawn.0 {
        let _ = container.append_child(part.node());
    }
    dom::keep(drawn);

    react(move || {
        let open = desk.signals.open.get();
        if let Ok(stop) = show(dialog.node(), open, desk.inline()) {
            dom::keep(Stop::by(stop));
        }
        if !open {
            ending.set(false);
        }
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

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    // They do not fail; see `shell/sound.rs`.
    #[wasm_bindgen(catch, js_name = showPanel)]
    fn show(panel: &HtmlElement, is_open: bool, is_inline: bool) -> Result<Function, JsValue>;
    #[wasm_bindgen(catch, js_name = keepFocus)]
    fn keep_focus(panel: &HtmlElement, is_listing: bool) -> Result<(), JsValue>;
}
