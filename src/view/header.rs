//! The header: who is here, the menu, and the way out.

use concierge_core::Conversation;

use super::desk::Desk;
use super::dom;
use super::el::{El, el, react};
use super::icons::{self, icon};
use super::live::Live;
use super::menu::{Item, menu};
use super::rooms;
use super::transcript;
use crate::system::ROOMS;

/// The header of the panel. `ending` asks the visitor to confirm the end.
pub(super) fn header(desk: Desk, ending: Live<bool>) -> El {
    let signals = desk.signals;
    let line = el("div", "quiet");
    let written = line.clone();
    react(move || {
        written.write(if signals.is_listing() {
            desk.more().conversations
        } else if signals.ended() {
            desk.texts.ended
        } else if signals.joined.get() {
            desk.texts.with_you
        } else {
            desk.texts.answers_soon
        });
    });
    // A title of the other direction still begins where the header does.
    let name = el("bdi", "").text(&desk.title());
    let title = el("div", "title").child(name.clone());
    if ROOMS {
        react(move || name.write(&rooms::title(desk).unwrap_or_else(|| desk.title())));
    }
    let close = (!desk.inline()).then(|| {
        dom::button("icon-button", move || desk.close())
            .with("part", "close")
            .with("aria-label", desk.texts.close_chat)
            .child(icon(icons::CLOSE))
    });
    rooms::back(desk, el("div", "header").with("part", "header"))
        .child(avatar(desk))
        .child(el("div", "who").child(title).child(line))
        .child(options(desk, ending))
        .maybe(close)
}

/// "More options".
fn options(desk: Desk, ending: Live<bool>) -> El {
    let texts = desk.texts;
    let button = el("button", "icon-button")
        .with("part", "menu")
        .child(icon(icons::MORE));
    let items = move || {
        let mut items: Vec<Item> = Vec::new();
        if desk.has_sound() {
            let muted = desk.signals.muted.get();
            let name = if muted { texts.unmute } else { texts.mute };
            items.push((name, Box::new(move || desk.mute(!muted))));
        }
        items.push((
            texts.download_transcript,
            Box::new(move || transcript::download(desk)),
        ));
        let open = |conversation: &_| matches!(conversation, Conversation::Open(_));
        if desk.traits().end && desk.signals.conversation.with(open) {
            items.push((texts.end_chat, Box::new(move || ending.set(true))));
        }
        items
    };
    menu("menu-place", texts.more_options, button, Box::new(items))
}

/// The site's monogram, or a bell.
pub(super) fn avatar(desk: Desk) -> El {
    let avatar = el("div", "avatar").with("aria-hidden", "true");
    match desk.monogram() {
        Some(letter) => avatar.text(&letter),
        None => avatar.child(icon(icons::BELL)),
    }
}
