//! The header: who is here, the menu, and the way out.

use leptos::prelude::*;

use super::desk::Desk;
use super::dom;
use super::el::{El, el, react};
use super::icons::{self, icon};
use super::menu::menu;

/// The header of the panel. `ending` asks the visitor to confirm the end.
pub(super) fn header(desk: Desk, ending: RwSignal<bool>) -> El {
    let signals = desk.signals;
    let line = el("div", "quiet");
    let written = line.clone();
    react(move || {
        written.write(if signals.ended() {
            desk.texts.ended
        } else if signals.joined.get() {
            desk.texts.with_you
        } else {
            desk.texts.answers_soon
        });
    });
    // A title of the other direction still begins where the header does.
    let title = el("div", "title").child(el("bdi", "").text(&desk.title()));
    let close = (!desk.inline()).then(|| {
        dom::button("icon-button", move || desk.close())
            .with("part", "close")
            .with("aria-label", desk.texts.close_chat)
            .child(icon(icons::CLOSE))
    });
    el("div", "header")
        .with("part", "header")
        .child(avatar(desk))
        .child(el("div", "who").child(title).child(line))
        .child(menu(desk, ending))
        .maybe(close)
}

/// The site's monogram, or a bell.
pub(super) fn avatar(desk: Desk) -> El {
    let avatar = el("div", "avatar").with("aria-hidden", "true");
    match desk.monogram() {
        Some(letter) => avatar.text(&letter),
        None => avatar.child(icon(icons::BELL)),
    }
}
