//! The list of the visitor's conversations, over the stage while none is open.
//! JavaScript draws it.

use concierge_core::only::{only, plain};
use concierge_core::{Action, Conversation, ConversationId, Room};
use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use super::desk::Desk;
use super::dom::{self, Timer, keep};
use super::el::{El, el, react};
use super::icons::{self, icon};
use super::live::Live;
use super::texts::LISTING;
use crate::browser::callback;
use crate::system;

/// How often it is looked anew how long ago something was, in ms.
const MINUTE: u64 = 60_000;

/// Puts the list into `stage`, while it is shown.
pub(super) fn rooms(desk: Desk, stage: El) -> El {
    if !(system::ROOMS && desk.traits().rooms) {
        return stage;
    }
    stage.when(move || desk.signals.is_listing(), move || all(desk))
}

fn all(desk: Desk) -> El {
    let signals = desk.signals;
    let place = el("div", "rooms-place");
    let tell = callback(Box::new(move |id| {
        desk.dispatch(match id.as_string() {
            Some(id) => Action::OpenRoom(only(ConversationId(id))),
            None => Action::StartConversation,
        });
    }));
    let another = desk.traits().begin.then_some(desk.texts.start_new);
    let last = signals.room.get_untracked().map(plain);
    let draw = listing(
        place.node(),
        LISTING,
        &desk.formats(),
        another,
        last.as_ref().map(|last| last.0.as_str()),
        tell.as_ref(),
    );
    keep(tell);
    let clock = Live::new(());
    react(move || {
        clock.track();
        let again = move || clock.set(());
        keep(Timer::after(MINUTE, Box::new(again)));
        let rooms = signals.rooms.get().map(plain).unwrap_or_default();
        let _ = draw.call1(&JsValue::NULL, &rooms.iter().map(told).collect::<Array>());
    });
    place
}

/// A conversation, as `listing` in `browser.js` takes it.
fn told(room: &Room) -> Array {
    let text = |text: &str| JsValue::from_str(text);
    Array::of5(
        &text(&room.id.0),
        &text(&room.title),
        &text(&room.last),
        &(room.at.0 as f64).into(),
        &room.unread.into(),
    )
}

/// "Back to conversations", in the header while one is open.
pub(super) fn back(desk: Desk, header: El) -> El {
    if !(system::ROOMS && desk.traits().rooms) {
        return header;
    }
    header.when(
        move || !desk.signals.is_listing(),
        move || {
            dom::button("icon-button back", move || desk.dispatch(Action::ShowRooms))
                .with("part", "back")
                .with("aria-label", desk.more().back)
                .child(icon(icons::BACK))
        },
    )
}

/// The title of the conversation that is open, if it has one.
pub(super) fn title(desk: Desk) -> Option<String> {
    if !(system::ROOMS && desk.traits().rooms) || desk.signals.is_listing() {
        return None;
    }
    let open = desk
        .signals
        .conversation
        .with(|conversation| match conversation {
            Conversation::Open(id) | Conversation::Ended(id) => Some(id.clone()),
            Conversation::None => None,
        })?;
    let rooms = plain(desk.signals.rooms.get()?);
    let room = rooms.into_iter().find(|room| room.id == open)?;
    Some(room.title).filter(|title| !title.is_empty())
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    /// Puts the list into `place` and gives what draws it.
    fn listing(
        place: &HtmlElement,
        words: &str,
        formats: &JsValue,
        another: Option<&str>,
        last: Option<&str>,
        tell: &JsValue,
    ) -> Function;
}
