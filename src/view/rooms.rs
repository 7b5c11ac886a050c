//! The list of the visitor's conversations, over the stage while none is open.

use std::rc::Rc;

use concierge_core::only::{only, plain};
use concierge_core::text::digits;
use concierge_core::{Action, Conversation, Room};
use reactive_graph::graph::untrack;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use super::dates;
use super::desk::Desk;
use super::dom::{self, Timer};
use super::el::{El, el, react};
use super::icons::{self, icon};
use super::live::Live;
use super::state::RoomLine;
use super::texts::fill;
use crate::system;

/// From so many conversations on they can be searched.
const MANY: usize = 11;
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
    let query = Live::new(String::new());
    let clock = Live::new(());
    react(move || {
        clock.track();
        let again = move || clock.set(());
        dom::keep(Timer::after(MINUTE, Box::new(again)));
    });
    let list = el("ul", "rooms")
        .with("part", "conversations")
        // A list without its marks is none to Safari.
        .with("role", "list")
        .with("aria-label", desk.more().conversations)
        .list(
            move || found(desk, query).iter().map(|line| line.key).collect(),
            move |index| match found(desk, query).get(index) {
                Some(line) => entry(desk, line, clock),
                None => el("li", ""),
            },
        );
    let shown = list.clone();
    react(move || shown.flag("hidden", found(desk, query).is_empty()));
    let count = move || {
        signals
            .rooms
            .with(|rooms| rooms.as_ref().map_or(0, |rooms| rooms.len()))
    };
    let list = el("div", "rooms-scroll").child(list).show(
        move || found(desk, query).is_empty().then(|| count() == 0),
        move |is_none| nothing(desk, *is_none),
    );
    el("div", "rooms-place")
        .when(move || count() >= MANY, move || search(desk, query))
        .child(list)
        .maybe(desk.traits().begin.then(|| start(desk)))
}

/// The conversations whose title or last message has what is looked for.
fn found(desk: Desk, query: Live<String>) -> Vec<RoomLine> {
    let rooms = desk.signals.rooms.get().map(plain).unwrap_or_default();
    let query = if rooms.len() < MANY {
        String::new()
    } else {
        query.get()
    };
    let has = |line: &RoomLine| {
        line.room.with(|room| {
            let text = [name(desk, room), "\n", &room.last].concat();
            query.is_empty() || finds(&text, &query)
        })
    };
    rooms.into_iter().filter(has).collect()
}

fn name(desk: Desk, room: &Room) -> &str {
    if room.title.is_empty() {
        desk.more().conversation
    } else {
        &room.title
    }
}

fn search(desk: Desk, query: Live<String>) -> El {
    let field = el("input", "input search")
        .with("type", "search")
        .with("dir", "auto")
        .with("autocomplete", "off")
        .with("aria-label", desk.more().search)
        .with("placeholder", desk.more().search);
    let written = field.node().clone();
    let look = move |_| query.set(dom::get(&written, "value").as_string().unwrap_or_default());
    el("div", "search-place").child(field.on("input", look))
}

/// A conversation, as a button that opens it.
fn entry(desk: Desk, line: &RoomLine, clock: Live<()>) -> El {
    let RoomLine { key, room } = line.clone();
    let number = digits(key);
    let [about, when, news] = ["p", "q", "s"].map(|part| [part, &number].concat());
    let avatar = el("div", "avatar").with("aria-hidden", "true");
    let title = el("span", "room-title").with("dir", "auto");
    let last = el("span", "room-last quiet")
        .with("dir", "auto")
        .with("id", &about);
    let time = el("time", "quiet").with("id", &when);
    let unread = el("span", "room-unread").with("id", &news);
    let top = el("span", "room-line")
        .child(title.clone())
        .child(time.clone());
    let below = el("span", "room-line")
        .child(last.clone())
        .child(unread.clone());
    let opened = Rc::clone(&room);
    let open = move || {
        let id = opened.with_untracked(|room| room.id.clone());
        desk.dispatch(Action::OpenRoom(only(id)));
    };
    let button = dom::button("room", open)
        .with(
            "aria-describedby",
            &[&*about, " ", &when, " ", &news].concat(),
        )
        .child(avatar.clone())
        .child(el("span", "room-words").child(top).child(below));
    let shown = button.clone();
    let is_last = desk.signals.room.with_untracked(|last| {
        room.with_untracked(|room| last.as_ref().is_some_and(|last| last.0 == room.id.0))
    });
    button.flag("data-last", is_last);
    let (drawn, written) = (Rc::clone(&room), time.clone());
    react(move || {
        drawn.with(|room| {
            let name = name(desk, room);
            shown.put("aria-label", Some(name));
            shown.flag("data-unread", room.unread > 0);
            title.write(name);
            monogram(&avatar, &room.title);
            last.write(&room.last);
            written.put("datetime", Some(&dates::iso(room.at)));
            mark(desk, &unread, room.unread);
        });
    });
    react(move || {
        clock.track();
        time.write(&desk.ago(room.with(|room| room.at)));
    });
    el("li", "").child(button)
}

/// The first letter of what it is called, or a bubble.
fn monogram(avatar: &El, title: &str) {
    avatar.write("");
    let avatar = avatar.clone();
    match title.chars().next() {
        Some(letter) => avatar.text(letter.encode_utf8(&mut [0; 4])),
        None => avatar.child(icon(icons::BUBBLE)),
    };
}

/// How many messages are new: a number for the eye, a sentence for the ear.
fn mark(desk: Desk, place: &El, unread: u32) {
    place.write("");
    if unread == 0 {
        return;
    }
    let number = digits(unread);
    let sentence = match unread {
        1 => desk.more().one_unread.to_owned(),
        _ => fill(desk.more().many_unread, &[&number]),
    };
    let shown = if unread > 99 { "99+" } else { &number };
    place
        .clone()
        .child(el("span", "pill").with("aria-hidden", "true").text(shown))
        .child(el("span", "aside").text(&sentence));
}

/// There are none, or none with what is looked for.
fn nothing(desk: Desk, is_none: bool) -> El {
    let [first, second] = if is_none {
        [desk.more().no_rooms, desk.more().no_rooms_line]
    } else {
        [desk.more().none_found, desk.more().none_found_line]
    };
    el("div", "nothing")
        .with("role", "status")
        .child(el("div", "greeting").text(first))
        .child(el("div", "quiet").text(second))
}

fn start(desk: Desk) -> El {
    let start = move || desk.dispatch(Action::StartConversation);
    el("div", "rooms-start").child(dom::button("button", start).text(desk.texts.start_new))
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
    let title = |line: RoomLine| {
        line.room
            .with(|room| (room.id == open).then(|| room.title.clone()))
    };
    rooms
        .into_iter()
        .find_map(title)
        .filter(|title| !title.is_empty())
}

/// When the list comes or goes, a focus that was in what goes is not lost: from
/// a conversation it goes to that one in the list, from there to `first`. To be
/// called before anything is drawn that comes or goes.
pub(super) fn keep_focus(desk: Desk, panel: &HtmlElement, first: Rc<dyn Fn()>) {
    if !(system::ROOMS && desk.traits().rooms) {
        return;
    }
    let panel = panel.clone();
    let mut was = untrack(|| desk.signals.is_listing());
    react(move || {
        let is = desk.signals.is_listing();
        let has_focus = panel.matches(":focus-within").unwrap_or_default();
        if std::mem::replace(&mut was, is) == is || !has_focus {
            return;
        }
        let (panel, first) = (panel.clone(), Rc::clone(&first));
        dom::soon(Box::new(move || match entry_to_focus(&panel) {
            Some(entry) if is => dom::focus(&entry),
            Some(_) | None if is => dom::focus(&panel),
            Some(_) | None => first(),
        }));
    });
}

fn entry_to_focus(panel: &HtmlElement) -> Option<HtmlElement> {
    [".room[data-last]", ".room", ".rooms-start .button"]
        .into_iter()
        .find_map(|selector| panel.query_selector(selector).ok()?)
        .map(JsCast::unchecked_into)
}

#[wasm_bindgen(module = "/src/browser.js")]
extern "C" {
    /// Whether a text has this part, in capitals or not.
    fn finds(text: &str, part: &str) -> bool;
}
